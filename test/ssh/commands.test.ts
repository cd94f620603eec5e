import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough, Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { Failure } from "../../src/errors.ts";
import { connect } from "../../src/ssh/connect.ts";
import type { Connection } from "../../src/ssh/connection.ts";
import { eventually, identity, type ServerOptions, startServer, type TestServer } from "./server.ts";

async function open(options?: ServerOptions): Promise<{ server: TestServer; connection: Connection }> {
  const server = await startServer(options);
  const connection = await connect(server.target, identity);
  onTestFinished(() => connection.close());
  return { server, connection };
}

async function folder(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "overbridge-ssh-"));
  onTestFinished(() => rm(directory, { recursive: true, maxRetries: 5 }));
  return directory;
}

test("exit code, signal and both outputs are told apart", async () => {
  const { connection } = await open();
  expect(await connection.run("echo out; echo err >&2; exit 3")).toEqual({
    code: 3,
    signal: null,
    stdout: "out\n",
    stderr: "err\n",
  });
  expect(await connection.run("kill -TERM $$")).toMatchObject({ code: null, signal: "SIGTERM" });
});

test("the shortest commands all end with their exit code", async () => {
  const { connection } = await open();
  for (let code = 0; code < 10; code++) expect((await connection.run(`exit ${code}`)).code).toBe(code);
});

test("standard input is text, bytes or a stream, and always ends", async () => {
  const { connection } = await open();
  const bytes = randomBytes(300_000);
  const sum = "wc -c | tr -d ' '";
  expect((await connection.run("cat", { stdin: "päckchen\n" })).stdout).toBe("päckchen\n");
  expect((await connection.run(sum, { stdin: bytes })).stdout).toBe("300000\n");
  const pieces = Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]);
  expect((await connection.run(`${sum}; echo over`, { stdin: pieces })).stdout).toBe("300000\nover\n");
  expect((await connection.run("cat")).stdout).toBe("");
});

test("a command that ends before it has read its input does no harm", async () => {
  const { connection } = await open();
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(65_536));
    },
  });
  expect((await connection.run("head -c 3 >/dev/null; echo enough", { stdin: endless })).stdout).toBe(
    "enough\n",
  );
  expect(endless.destroyed).toBe(true);
});

test("lines come whole and one by one, also where a character is cut in two", async () => {
  const { connection } = await open();
  const lines: string[] = [];
  const program = "printf 'a\\nb\\303'; sleep 0.05; printf '\\244c\\n\\nlast'";
  const result = await connection.run("sh", { stdin: program, onLine: (line) => lines.push(line) });
  expect(lines).toEqual(["a", "bäc", "", "last"]);
  expect(result.stdout).toBe("");
});

test("an error in onLine is the run's error", async () => {
  const { connection } = await open();
  const onLine = () => {
    throw new Error("not what was expected");
  };
  await expect(connection.run("echo a", { onLine })).rejects.toThrow("not what was expected");
});

test("a host that prints without end is given up", async () => {
  const { connection } = await open();
  await expect(connection.run("yes")).rejects.toThrow(/^host1: a command was given up: it printed more than/);
  const onLine = () => {};
  const endless = connection.run("yes | tr -d '\\n'", { onLine });
  await expect(endless).rejects.toThrow(/^host1: a command was given up: it printed a line of over/);
});

test("a command that takes too long is given up, and one that is stopped ends", async () => {
  const { connection } = await open();
  await expect(connection.run("sleep 60", { timeoutMs: 20 })).rejects.toThrow(
    "host1: a command did not end within 0.02 s",
  );
  const stop = new AbortController();
  const running = connection.run("echo begun; sleep 60", { signal: stop.signal, onLine: () => stop.abort() });
  await expect(running).rejects.toThrow("host1: stopped before it was through");
  await expect(connection.run("true", { signal: stop.signal })).rejects.toBeInstanceOf(Failure);
});

test.each([10, 3, 1])("commands beyond a host's %i sessions wait their turn", async (maxSessions) => {
  const { server, connection } = await open({ maxSessions });
  const numbers = Array.from({ length: 14 }, (_, index) => index);
  const results = await Promise.all(numbers.map((number) => connection.run(`echo ${number}`)));
  expect(results.map(({ stdout }) => Number(stdout))).toEqual(numbers);
  expect(server.mostSessions()).toBe(maxSessions);
});

test("a host that allows no session at all is told of", async () => {
  const { connection } = await open({ maxSessions: 0 });
  await expect(connection.run("true")).rejects.toThrow(/^host1: sshd ran no command: /);
});

test("a conversation goes line by line", async () => {
  const { connection } = await open();
  const talk = await connection.converse('while read -r line; do echo "got $line"; done; echo bye; exit 4');
  talk.send("one");
  expect(await talk.next(10_000)).toBe("got one");
  talk.send("two");
  talk.send("three");
  expect(await talk.next(10_000)).toBe("got two");
  expect(await talk.next(10_000)).toBe("got three");
  expect(await talk.end()).toEqual({ code: 4, signal: null, stdout: "bye\n", stderr: "" });
  await expect(talk.next(10_000)).rejects.toThrow(
    "host1: a command ended while it was listened to (exit code 4)",
  );
});

test("a conversation with a silent command times out, and goes on after", async () => {
  const { connection } = await open();
  const talk = await connection.converse("read -r line; echo $line");
  await expect(talk.next(10)).rejects.toThrow("host1: a command said nothing for 0.01 s");
  talk.send("late");
  expect(await talk.next(10_000)).toBe("late");
  await talk.end();
});

test("a conversation ends with the connection, and with the command's own words", async () => {
  const { server, connection } = await open();
  const failing = await connection.converse("echo no such thing >&2; exit 1");
  await expect(failing.next(10_000)).rejects.toThrow("(exit code 1): no such thing");
  const talk = await connection.converse("echo begun; cat");
  expect(await talk.next(10_000)).toBe("begun");
  const next = talk.next(10_000);
  server.drop();
  await expect(next).rejects.toThrow(/^host1: the connection to .* was lost/);
  await expect(talk.end()).rejects.toThrow(/^host1: the connection to .* was lost/);
});

test("an upload is there whole, with its mode, whatever its name and content", async () => {
  const { connection } = await open();
  const file = path.join(await folder(), 'it\'s a $(file) "name"');
  const content = randomBytes(200_000);
  await connection.upload(content, file, 0o640);
  expect(await readFile(file)).toEqual(content);
  expect((await stat(file)).mode & 0o7777).toBe(0o640);
  await connection.upload(Readable.from(["a", Buffer.from("b")]), file, 0o755);
  expect(await readFile(file, "utf8")).toBe("ab");
  expect((await stat(file)).mode & 0o7777).toBe(0o755);
  await connection.upload(Buffer.alloc(0), file, 0o600);
  expect(await readFile(file, "utf8")).toBe("");
});

test("an upload that breaks off leaves what was there before, and nothing else", async () => {
  const { server, connection } = await open();
  const directory = await folder();
  const file = path.join(directory, "file");
  await connection.upload(Buffer.from("before"), file, 0o600);

  const source = new PassThrough();
  source.write(Buffer.alloc(100_000));
  const upload = connection.upload(source, file, 0o600);
  await eventually(async () => (await readdir(directory)).length).toBe(2);
  server.drop();
  await expect(upload).rejects.toThrow(/^host1: the connection to .* was lost/);
  await eventually(() => readdir(directory)).toEqual(["file"]);
  expect(await readFile(file, "utf8")).toBe("before");
});

test("an upload whose source breaks off fails with that error and leaves nothing", async () => {
  const { connection } = await open();
  const directory = await folder();
  const source = Readable.from(
    (async function* () {
      yield "half of it";
      throw new Error("the disk is gone");
    })(),
  );
  await expect(connection.upload(source, path.join(directory, "file"), 0o600)).rejects.toThrow(
    "the disk is gone",
  );
  await eventually(() => readdir(directory)).toEqual([]);
});

test("an upload that the host refuses says why", async () => {
  const { connection } = await open();
  const directory = await folder();
  await expect(connection.upload(Buffer.from("x"), `${directory}/none/file`, 0o600)).rejects.toThrow(
    /^host1: .*\/none\/file was not uploaded: .*No such file or directory/,
  );
  await mkdir(`${directory}/is-one`);
  await expect(connection.upload(Buffer.from("x"), `${directory}/is-one`, 0o600)).rejects.toThrow(
    /directory/,
  );
  expect(await readdir(directory)).toEqual(["is-one"]);
});

/** A terminal, or three pipes, with what was written to it. */
function streams(isTTY: boolean) {
  const stdin = Object.assign(new PassThrough(), {
    isTTY,
    modes: [] as boolean[],
    setRawMode(raw: boolean) {
      this.modes.push(raw);
    },
  });
  const written = { stdout: "", stderr: "" };
  const stdout = Object.assign(new PassThrough(), { columns: 100, rows: 30 });
  const stderr = new PassThrough();
  stdout.on("data", (piece) => (written.stdout += piece));
  stderr.on("data", (piece) => (written.stderr += piece));
  return { stdin, stdout, stderr, written };
}

test("attached pipes are joined to the command's streams", async () => {
  const { connection } = await open();
  const terminal = streams(false);
  terminal.stdin.end("typed");
  expect(await connection.attach("cat; echo problem >&2; exit 5", terminal)).toBe(5);
  expect(terminal.written).toEqual({ stdout: "typed", stderr: "problem\n" });
  expect(await connection.attach("kill -KILL $$", streams(false))).toBe(128 + 9);
});

test("a terminal is raw while it is attached, and itself again after", async () => {
  const { server, connection } = await open();
  const terminal = streams(true);
  expect(await connection.attach("exit 0", terminal)).toBe(0);
  expect(terminal.stdin.modes).toEqual([true, false]);
  expect(terminal.stdout.listenerCount("resize")).toBe(0);

  const broken = streams(true);
  const attached = connection.attach("echo begun; sleep 60", broken);
  broken.stdout.once("data", () => server.drop());
  await expect(attached).rejects.toThrow(/^host1: the connection to .* was lost/);
  expect(broken.stdin.modes).toEqual([true, false]);
});

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/ssh/connect.ts";
import { readyProgram, waitForReady } from "../../src/ssh/ready.ts";
import { asRoot, checkRoot, rootShell } from "../../src/ssh/root.ts";
import { eventually, identity, startServer } from "./server.ts";
import { standIns } from "./stand-ins.ts";

/** Runs the program as a host would and hands out its lines. */
function run(
  program: string,
  env: NodeJS.ProcessEnv,
): { child: ChildProcess; lines: string[]; ended: Promise<string[]> } {
  const child = spawn("sh", { env, stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  const lines: string[] = [];
  child.stdout.on("data", (piece) => {
    text += piece;
    lines.splice(0, lines.length, ...text.split("\n").slice(0, -1));
  });
  child.stdin.end(program);
  onTestFinished(() => void child.kill());
  return { child, lines, ended: once(child, "close").then(() => lines) };
}

/** A process that holds a lock as dpkg does, by fcntl, until it is ended. */
async function holdLock(file: string): Promise<ChildProcess> {
  const program = `use Fcntl qw(F_SETLK F_WRLCK SEEK_SET);
    my $lock = pack("s s x4 q q l x4", F_WRLCK, SEEK_SET, 0, 0, 0);
    open(my $file, "+>", $ARGV[0]) or die $!;
    fcntl($file, F_SETLK, $lock) or die $!;
    $| = 1; print "held\\n"; sleep 60`;
  const child = spawn("/usr/bin/perl", ["-e", program, file], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill());
  await once(child.stdout, "data");
  return child;
}

test("a host without cloud-init and with free locks is ready", async () => {
  const { directory, env } = await standIns({});
  await writeFile(path.join(directory, "free"), "");
  expect(
    await run(readyProgram({ cloudInit: 5, locks: 5 }, [`${directory}/free`, `${directory}/none`]), env)
      .ended,
  ).toEqual(["ready"]);
});

test("a lock that is held is waited for, and its holder named", async () => {
  const { directory, env } = await standIns({});
  const holder = await holdLock(`${directory}/lock`);
  const { lines, ended } = run(readyProgram({ cloudInit: 5, locks: 30 }, [`${directory}/lock`]), env);
  await eventually(() => lines).toEqual([
    `doing the package lock ${directory}/lock, held by perl (${holder.pid})`,
  ]);
  holder.kill();
  expect((await ended).at(-1)).toBe("ready");
});

test("a lock that stays held fails the wait, which has a time of its own", async () => {
  const { directory, env } = await standIns({ "cloud-init": "sleep 1.5" });
  const holder = await holdLock(`${directory}/lock`);
  const lines = await run(readyProgram({ cloudInit: 60, locks: 1 }, [`${directory}/lock`]), env).ended;
  expect(lines.at(-1)).toBe(
    `failed the package lock ${directory}/lock, held by perl (${holder.pid}), is not free after 1 s`,
  );
});

test.each([
  ["done", "echo; echo 'status: done'", "ready"],
  ["done with complaints", "echo 'status: done'; exit 2", "ready"],
  [
    "failed",
    "printf '...\\nstatus: error\\ndetail:\\nlocales is missing\\n'; exit 1",
    "failed cloud-init: status: error detail: locales is missing",
  ],
])("cloud-init that is %s", async (_how, program, last) => {
  const { env } = await standIns({ "cloud-init": program });
  const lines = await run(readyProgram({ cloudInit: 5, locks: 5 }, []), env).ended;
  expect(lines.map((line) => line.replace(/\s+/g, " ").trim())).toEqual(["doing cloud-init", last]);
});

test("cloud-init that does not end fails the wait with its status", async () => {
  const { env } = await standIns({
    "cloud-init": 'case "$*" in *--wait*) exec sleep 60 ;; *) echo "status: running" ;; esac',
  });
  const lines = await run(readyProgram({ cloudInit: 1, locks: 60 }, []), env).ended;
  expect(lines.at(-1)).toBe("failed cloud-init has not ended after 1 s (status: running )");
});

test("waiting goes over one command, tells what it waits for, and fails naming the host", async () => {
  const { env } = await standIns({ "cloud-init": "echo 'status: error'; exit 1", sudo: 'shift; exec "$@"' });
  const server = await startServer({ env });
  const connection = await connect({ ...server.target, user: "deploy" }, identity);
  onTestFinished(() => connection.close());
  const told: string[] = [];
  const waiting = waitForReady(connection, { timeoutMs: 5_000, onProgress: (text) => told.push(text) });
  await expect(waiting).rejects.toThrow("host1: not ready: cloud-init: status: error");
  expect(told).toContain("waiting for cloud-init: 0 s");
  expect(server.commands).toEqual(["sudo -n sh"]);
});

test("a host that cannot be asked fails with what it says", async () => {
  const { env } = await standIns({ sudo: "echo 'sudo: a password is required' >&2; exit 1" });
  const server = await startServer({ env });
  const connection = await connect({ ...server.target, user: "deploy" }, identity);
  onTestFinished(() => connection.close());
  await expect(waitForReady(connection, { timeoutMs: 5_000 })).rejects.toThrow(
    "host1: not ready: it could not be asked: sudo: a password is required",
  );
});

test("root needs no sudo, others go through it", () => {
  expect(rootShell("root")).toBe("sh");
  expect(rootShell("deploy")).toBe("sudo -n sh");
  expect(asRoot("deploy", "sh -c 'a b'")).toBe("sudo -n sh -c 'a b'");
});

test.each([
  ["root itself", "echo root", "exit 1", undefined],
  ["sudo without a password", "echo deploy", "exit 0", undefined],
  [
    "sudo that wants a password",
    "echo deploy",
    "echo 'sudo: a password is required' >&2; echo more >&2; exit 1",
    "host1: expected root, or a user with sudo and no password; deploy cannot become root: sudo: a password is required",
  ],
  ["sudo without a word", "echo deploy", "exit 1", "deploy cannot become root: no reason given"],
])("becoming root by %s", async (_how, id, sudo, problem) => {
  const { env } = await standIns({ id, sudo });
  const server = await startServer({ env });
  const connection = await connect({ ...server.target, user: "deploy" }, identity);
  onTestFinished(() => connection.close());
  const check = checkRoot(connection);
  if (problem === undefined) await expect(check).resolves.toBeUndefined();
  else await expect(check).rejects.toThrow(problem);
});

test("a host without sudo says so", async () => {
  const { directory } = await standIns({ id: "echo deploy", sh: 'exec /bin/sh "$@"' });
  const server = await startServer({ env: { PATH: directory } });
  const connection = await connect({ ...server.target, user: "deploy" }, identity);
  onTestFinished(() => connection.close());
  await expect(checkRoot(connection)).rejects.toThrow(
    "deploy cannot become root: there is no sudo on the host",
  );
});

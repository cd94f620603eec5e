import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { runProcess } from "../../src/docker/process.ts";

const sh = (script: string, options = {}) => runProcess("sh", ["-c", script], options);

test("judges a program that does not read its input by its exit code", async () => {
  const stdin = Readable.from([Buffer.alloc(1_000_000), Buffer.alloc(1_000_000)]);
  expect(await sh("exit 4", { stdin })).toMatchObject({ code: 4 });
  expect(await sh("exit 5", { stdin: Buffer.alloc(2_000_000) })).toMatchObject({ code: 5 });
});

test("ends the program and fails where its input fails", async () => {
  const stdin = new PassThrough();
  stdin.write("half");
  const running = sh("cat >/dev/null; sleep 600", { stdin });
  stdin.destroy(new Error("source broke"));
  await expect(running).rejects.toThrow("source broke");
});

test("ends a stream that takes the output on success alone", async () => {
  const good = new PassThrough();
  await sh("printf whole", { stdout: good });
  expect(Buffer.concat(await good.toArray()).toString()).toBe("whole");

  const bad = new PassThrough();
  const ended = expect(bad.toArray()).rejects.toThrow("sh failed");
  await sh("printf half; exit 1", { stdout: bad });
  await ended;
});

test("keeps characters whole that arrive in two pieces", async () => {
  const { stdout } = await sh("printf '\\303'; printf '\\274'");
  expect(stdout).toBe("ü");
});

test("keeps the end of a long standard error", async () => {
  const { stderr } = await sh("head -c 200000 /dev/zero | tr '\\0' x >&2; echo last >&2");
  expect(stderr.length).toBe(65_536);
  expect(stderr.endsWith("xlast\n")).toBe(true);
});

import { expect, test } from "vitest";
import { fakeDocker } from "../docker/fake-docker.ts";
import { playCli } from "./run.ts";

/** Runs a command line with a docker that takes its time, and interrupts it once docker is asked for something. */
async function interrupt(...argv: string[]) {
  const stop = new AbortController();
  const { context, calls } = fakeDocker("exec sleep 600");
  const cli = await playCli({ PATH: context.env.PATH }, stop.signal);
  try {
    const running = cli.run(...argv);
    await expect.poll(calls, { timeout: 30_000 }).not.toEqual([]);
    stop.abort(new Error("interrupted by SIGINT"));
    return await running;
  } finally {
    await cli.remove();
  }
}

test.each([
  ["up", "--provider", "docker"],
  ["teardown", "--provider", "docker"],
  ["build-ovs", "--target", "debian:bookworm", "--source", "packages"],
])("Ctrl-C during %s is no bug: one line, what to do, exit code 1", async (...argv) => {
  const { exitCode, stdout, stderr } = await interrupt(...argv);
  expect(stderr).toMatch(/^overbridge: interrupted\nhint: run it again; overbridge teardown removes .*\n$/m);
  expect(stderr).not.toMatch(/bug in overbridge|\n\s+at /);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
});

test("--json has it in the one document", async () => {
  const { exitCode, stdout } = await interrupt("up", "--provider", "docker", "--json");
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { message: "interrupted" } });
});

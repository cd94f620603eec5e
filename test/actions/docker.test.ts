import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Given, openJob } from "./run-action.ts";

let job: Awaited<ReturnType<typeof openJob>>;
beforeEach(async () => {
  job = await openJob();
});
afterEach(() => job.remove());

/** Runs build-ovs where nothing but these lines of sh is a `docker`. */
async function build(lines: readonly string[], given: Given = {}) {
  const folder = path.join(job.folder, "bin");
  await mkdir(folder);
  if (lines.length > 0) {
    await writeFile(path.join(folder, "docker"), ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
  }
  return job.run("build-ovs", { inputs: { target: "debian:bookworm" }, env: { PATH: folder }, ...given });
}

test("build-ovs shows which Docker is going to build, harmlessly, before all else", async () => {
  const { stdout } = await build(
    ['[ "$*" = version ] || exit 1', "echo 'Client: 28.1.0'", "echo '::error::made up'"],
    { onOutput: (text, kill) => text.includes("made up") && kill("SIGKILL") },
  );
  expect(stdout.split("\n").slice(0, 3)).toEqual([
    "::group::Docker that builds",
    "Client: 28.1.0",
    ": :error::made up",
  ]);
});

test("build-ovs says what to do where no engine answers, and restores nothing for it", async () => {
  const refusal = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.";
  const { exitCode, stdout, errors } = await build([`echo '${refusal}' >&2`, "exit 1"]);
  expect(errors).toEqual([
    expect.stringMatching(/engine does not answer: Cannot connect to the Docker daemon.*use a runner/),
  ]);
  expect(stdout).not.toMatch(/cache/);
  expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^What to do: use a runner/);
  expect(exitCode).toBe(1);
});

test("build-ovs says what to do where there is no docker at all", async () => {
  const { exitCode, errors } = await build([]);
  expect(errors).toEqual([expect.stringMatching(/expected the program 'docker' in PATH.*use a runner/)]);
  expect(exitCode).toBe(1);
});

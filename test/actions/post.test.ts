import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openJob } from "./run-action.ts";

let job: Awaited<ReturnType<typeof openJob>>;
beforeEach(async () => {
  job = await openJob();
});
afterEach(() => job.remove());

const state = { "main-began": "true", "inputs-read": "true" };
/** Where no Docker engine is, so that whoever asks for one fails. */
const env = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };

test("provision's post does nothing unless it is asked for", async () => {
  const { exitCode, stdout } = await job.run("provision", { inputs: { provider: "docker" }, state, env });
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
});

test("provision's post removes the cluster where it is asked for", async () => {
  const inputs = { provider: "docker", cluster: "mine", teardown: "post" };
  const { exitCode, stdout, errors } = await job.run("provision", { inputs, state, env });
  expect(stdout).toContain("Tearing down cluster mine");
  expect(errors).toHaveLength(1);
  expect(exitCode).not.toBe(0);
});

test("inputs that main refused are not refused again", async () => {
  const main = await job.run("provision", { inputs: { provider: "floppy" } });
  expect(main.exitCode).toBe(2);
  expect(main.errors).toEqual([expect.stringMatching(/::provider: expected docker/)]);
  const post = await job.run("provision", { inputs: { provider: "floppy" }, state: main.state });
  expect({ exitCode: post.exitCode, stdout: post.stdout }).toEqual({ exitCode: 0, stdout: "" });
});

test("a cluster that main refused to touch is somebody else's: its post leaves it alone", async () => {
  // Without a token, so that it is refused only when its inputs are in order.
  const inputs = { provider: "digitalocean", cluster: "theirs", teardown: "post" };
  const main = await job.run("provision", { inputs });
  expect(main.exitCode).toBe(2);
  expect(main.state).toEqual({ ...state, refused: "true" });
  const post = await job.run("provision", { inputs, state: main.state });
  expect({ exitCode: post.exitCode, stdout: post.stdout }).toEqual({ exitCode: 0, stdout: "" });
});

test("a main that fails leaves its post what it needs", async () => {
  // With a docker of its own, since without any the provision is refused.
  const docker = path.join(job.folder, "docker");
  await writeFile(docker, "#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n", {
    mode: 0o755,
  });
  const { state: left, exitCode } = await job.run("provision", {
    inputs: { provider: "docker" },
    env: { PATH: job.folder },
  });
  expect(exitCode).toBe(1);
  expect(left).toEqual(state);
});

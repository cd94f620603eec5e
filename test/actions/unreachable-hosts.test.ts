import { afterEach, beforeEach, expect, test } from "vitest";
import { listOf } from "./lists.ts";
import { openJob } from "./run-action.ts";

const hosts = JSON.stringify(listOf(3));
const secret = "5e".repeat(32);

let job: Awaited<ReturnType<typeof openJob>>;
beforeEach(async () => {
  job = await openJob();
});
afterEach(() => job.remove());

test("configure says of each host why it failed, in an annotation of its own", async () => {
  const { exitCode, errors, stdout, outputs, summary } = await job.run("configure", {
    inputs: { hosts, host: "host1,host3", secret, timeout: "1" },
  });
  expect(errors.map((line) => /^::error title=(\S+) is not configured::/.exec(line)?.[1])).toEqual([
    "host1",
    "host3",
  ]);
  expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^What to do: .*re-run this job/);
  expect(summary).toContain("### Cluster test: **not configured**");
  expect(outputs).toMatchObject({ changed: "0", digest: expect.stringMatching(/^sha256:/) });
  expect(exitCode).toBe(1);
});

test("verify names the cause once, shows the matrix, and says that support could not be uploaded", async () => {
  const { exitCode, errors, stdout, outputs, summary } = await job.run("verify", {
    inputs: { hosts, secret },
  });
  expect(errors.length).toBeGreaterThan(0);
  expect(errors.length).toBeLessThanOrEqual(10);
  expect(outputs.ok).toBe("false");
  expect(summary).toContain("### Cluster test: **not verified**");
  expect(summary).toContain("```mermaid");
  expect(stdout).toMatch(/::warning title=host1::artifact overbridge-support-host1-1: cannot be uploaded/);
  expect(exitCode).toBe(1);
});

test("a host that is not in the list is wrong input", async () => {
  const { exitCode, errors } = await job.run("configure", { inputs: { hosts, host: "host9", secret } });
  expect(errors).toEqual([expect.stringMatching(/host9/)]);
  expect(exitCode).toBe(2);
});

test("text that is no host list is not shown", async () => {
  const { exitCode, stdout, errors } = await job.run("configure", {
    inputs: { hosts: "hunter2 is no list", secret },
  });
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(/::hosts: expected a host list in JSON/);
  expect(stdout).not.toContain("hunter2");
  expect(exitCode).toBe(2);
});

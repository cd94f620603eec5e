import { afterEach, beforeEach, expect, test } from "vitest";
import { listOf } from "./lists.ts";
import { openJob } from "./run-action.ts";

let job: Awaited<ReturnType<typeof openJob>>;
beforeEach(async () => {
  job = await openJob();
});
afterEach(() => job.remove());

/** Lines of the log but for those that tell the runner what to mask. */
const shown = (stdout: string) =>
  stdout
    .split("\n")
    .filter((line) => !line.startsWith("::add-mask::"))
    .join("\n");

test("a secret that is none is masked before anything is said of it, and never shown", async () => {
  const { exitCode, stdout, errors } = await job.run("configure", {
    inputs: { hosts: JSON.stringify(listOf(1)), secret: "hunter2-hunter2" },
  });
  expect(stdout.split("\n")[0]).toBe("::add-mask::hunter2-hunter2");
  expect(shown(stdout)).not.toContain("hunter2");
  expect(errors).toEqual([expect.stringMatching(/OVERBRIDGE_SECRET: expected 32 bytes/)]);
  expect(exitCode).toBe(2);
});

test("a private key is masked line by line", async () => {
  const key =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0IG9uZQ\nc2VjcmV0IHR3bw\n-----END OPENSSH PRIVATE KEY-----\n";
  const { exitCode, stdout, errors } = await job.run("configure", {
    inputs: { hosts: JSON.stringify(listOf(1)), "private-key": key },
  });
  const masked = stdout.split("\n").filter((line) => line.startsWith("::add-mask::"));
  for (const line of key.trim().split("\n")) expect(masked).toContain(`::add-mask::${line}`);
  expect(shown(stdout)).not.toMatch(/c2VjcmV0/);
  expect(errors).toEqual([expect.stringMatching(/OVERBRIDGE_SSH_KEY/)]);
  expect(exitCode).toBe(2);
});

test("addresses and names are not masked: they have to pass from job to job", async () => {
  const { stdout } = await job.run("configure", {
    inputs: { hosts: JSON.stringify(listOf(1)), secret: "5e".repeat(32), timeout: "1" },
  });
  expect(stdout.split("\n").filter((line) => line.startsWith("::add-mask::"))).toEqual([
    `::add-mask::${"5e".repeat(32)}`,
  ]);
});

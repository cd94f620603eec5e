import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listOf } from "./lists.ts";
import { openJob } from "./run-action.ts";

const HOUR = 3_600_000;
const secret = "5e".repeat(32);
// A host that cannot be reached costs too.
const hosts = JSON.stringify(listOf(1));

/** What three droplets cost, as a provision two hours ago said it. */
function cost(): string {
  const at = new Date(Date.now() - 2 * HOUR).toISOString();
  return JSON.stringify({ currency: "USD", at, soFar: 0.5, hourly: 0.075 });
}

let job: Awaited<ReturnType<typeof openJob>>;
beforeEach(async () => {
  job = await openJob();
});
afterEach(() => job.remove());

test("verify shows what the hosts have cost so far, and asks nobody", async () => {
  const { summary } = await job.run("verify", { inputs: { hosts, secret, cost: cost() } });
  expect(summary).toContain("Cost: $0.0750 an hour, about $0.65 so far.");
});

test("verify finds what provision left in the same job", async () => {
  const folder = path.join(job.workspace, ".overbridge/test");
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "cost.json"), cost());
  const { summary } = await job.run("verify", { inputs: { hosts, secret } });
  expect(summary).toContain("Cost: $0.0750 an hour, about $0.65 so far.");
});

test("hosts that cost nothing have no such line", async () => {
  const { summary } = await job.run("verify", { inputs: { hosts, secret } });
  expect(summary).toContain("### Cluster test");
  expect(summary).not.toContain("Cost:");
});

test("what is no cost is refused before anything is done, and not shown", async () => {
  const { exitCode, errors, stdout } = await job.run("verify", {
    inputs: { hosts, secret, cost: "hunter2 dollars" },
  });
  expect(errors).toEqual([expect.stringMatching(/::cost: expected a cost in JSON/)]);
  expect(stdout).not.toContain("hunter2");
  expect(exitCode).toBe(2);
});

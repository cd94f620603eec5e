import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ActRepository, openRepository } from "./act/repository.ts";
import { keptFor, type Lab, startLab } from "./droplets.ts";

const cluster = `example-${randomBytes(3).toString("hex")}`;

let repository: ActRepository;
let lab: Lab;

beforeAll(async () => {
  repository = await openRepository();
  lab = await startLab(cluster);
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  await repository?.[Symbol.asyncDispose]();
});

test("cluster-on-dispatch makes a cluster, and nightly-teardown removes it by hand", async () => {
  const up = await repository.run({
    ...keptFor(lab),
    workflow: "examples/cluster-on-dispatch/cluster.yml",
    event: "workflow_dispatch",
    payload: { inputs: { cluster, hosts: "2", ttl: "1h" } },
  });
  expect(up.stdout).toContain("2 of 2 pairs ok");
  expect(up.exitCode).toBe(0);
  expect(lab.own(cluster)).toHaveLength(2);
  const down = await repository.run({
    ...keptFor(lab),
    workflow: "examples/nightly-teardown/teardown.yml",
    event: "workflow_dispatch",
    payload: { inputs: { cluster } },
  });
  expect(down.exitCode).toBe(0);
  expect(lab.own(cluster)).toEqual([]);
}, 1_500_000);

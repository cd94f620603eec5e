import { randomInt } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerProvider } from "../../src/provider/docker/provider.ts";
import { type ActRepository, openRepository } from "./act/repository.ts";
import { succeed } from "./overbridge.ts";

const number = randomInt(100_000, 1_000_000);
const cluster = `pr-${number}`;
const pullRequest = {
  action: "opened",
  number,
  pull_request: { number, labels: [], head: { repo: { full_name: "somebody/overbridge" } } },
};

let repository: ActRepository;

beforeAll(async () => {
  repository = await openRepository();
});

afterAll(async () => {
  await dockerProvider().destroy(cluster, {
    reporter: { report() {}, close() {} },
    signal: new AbortController().signal,
    env: process.env,
  });
  await repository?.[Symbol.asyncDispose]();
});

test.each([".github/workflows/integration.yml", "examples/pull-request-network/network.yml"])(
  "%s gives a fork's pull request a network without a secret, and takes it away again",
  async (workflow) => {
    const { exitCode, stdout } = await repository.run({
      workflow,
      event: "pull_request",
      payload: pullRequest,
    });
    expect(stdout).toContain(`Cluster ${cluster} has 3 hosts`);
    expect(stdout).toContain("3 of 3 hosts configured");
    expect(stdout).toContain("host3 has what host1 was told");
    expect(stdout).toContain("host1 has what host3 was told");
    expect(stdout).toMatch(new RegExp(`[Cc]luster ${cluster}: \\d+ things? removed`));
    expect(exitCode).toBe(0);
    const left = ["ps", "--all", "--quiet", "--filter", `label=overbridge.cluster=${cluster}`];
    expect(await succeed("docker", ...left)).toBe("");
  },
  1_500_000,
);

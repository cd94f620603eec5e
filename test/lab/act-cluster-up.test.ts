import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ActRepository, openRepository } from "./act/repository.ts";
import { keptFor, type Lab, startLab } from "./droplets.ts";

const cluster = `act-${randomBytes(3).toString("hex")}`;
const secret = randomBytes(32).toString("hex");

let repository: ActRepository;

beforeAll(async () => {
  repository = await openRepository();
});

afterAll(async () => {
  await repository?.[Symbol.asyncDispose]();
});

test("cluster-up.yml refuses provider docker, whose hosts live on one runner, before anything is started", async () => {
  const { exitCode, stdout } = await repository.run({
    workflow: ".github/workflows/cluster-up.yml",
    event: "workflow_dispatch",
    payload: { inputs: { cluster, provider: "docker" } },
  });
  expect(stdout).toContain("provider docker: its hosts are containers on one runner");
  expect(stdout).not.toMatch(/cluster-up\/(provision|configure|verify)/);
  expect(exitCode).toBe(1);
});

describe("with DigitalOcean's double, whose droplets are real hosts", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab(cluster);
  });

  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  /** What a job printed, of a whole run's log. */
  const logOf = (stdout: string, job: string) =>
    stdout
      .split("\n")
      .filter((line) => line.startsWith(`[cluster-up/${job}`))
      .join("\n");

  const up = () =>
    repository.run({
      ...keptFor(lab, secret),
      workflow: ".github/workflows/cluster-up.yml",
      event: "workflow_dispatch",
      payload: {
        inputs: {
          cluster,
          provider: "digitalocean",
          hosts: "3",
          ttl: "1h",
          ovs: "packages",
          "ovs-target": "debian:bookworm",
        },
      },
    });

  test("cluster-up.yml makes three hosts, configures each in a job of its own, and verifies them", async () => {
    const { exitCode, stdout } = await up();
    expect(logOf(stdout, "build")).toMatch(/Open vSwitch 3\.\S+ for debian:bookworm, built and proven/);
    expect(logOf(stdout, "build")).toMatch(/Artifact openvswitch-3\.\S+ successfully finalized/);
    expect(logOf(stdout, "provision")).toContain(`Cluster ${cluster} has 3 hosts`);
    for (const host of ["host1", "host2", "host3"]) {
      const log = logOf(stdout, `configure ${host}`);
      expect(log).toContain("Artifact download completed successfully");
      expect(log).toContain("1 of 3 hosts configured");
    }
    expect(logOf(stdout, "verify")).toContain("6 of 6 pairs ok");
    expect(stdout).toContain("```mermaid");
    // Provision's summary and verify's.
    expect(stdout.match(/Cost: \$0\.0750 an hour, less than \$0\.01 so far\./g)).toHaveLength(2);
    expect(exitCode).toBe(0);
    expect(lab.own(cluster).map(({ name }) => name)).toHaveLength(3);
    for (const hidden of [secret, lab.double.token]) expect(stdout).not.toContain(hidden);
  }, 1_500_000);

  test("cluster-up.yml, run again, takes the packages from the cache and changes nothing", async () => {
    const { exitCode, stdout } = await up();
    expect(logOf(stdout, "build")).toMatch(/Open vSwitch 3\.\S+ for debian:bookworm, from the cache/);
    expect(stdout.match(/1 of 3 hosts configured, 0 properties changed/g)).toHaveLength(3);
    expect(logOf(stdout, "verify")).toContain("6 of 6 pairs ok");
    expect(exitCode).toBe(0);
    expect(lab.double.count("droplets_create")).toBe(1);
  }, 1_500_000);

  test("teardown.yml, by hand, leaves nothing of it", async () => {
    const { exitCode, stdout } = await repository.run({
      ...keptFor(lab, secret),
      workflow: ".github/workflows/teardown.yml",
      event: "workflow_dispatch",
      payload: { inputs: { cluster } },
    });
    expect(stdout).toMatch(new RegExp(`[Cc]luster ${cluster}: \\d+ things? removed`));
    expect(exitCode).toBe(0);
    expect(lab.own(cluster)).toEqual([]);
  });
});

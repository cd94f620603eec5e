import { readdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { changes, LATER, playAccount } from "./droplets.ts";

let world: Awaited<ReturnType<typeof playAccount>>;
// The double reads the whole description of the API first.
beforeEach(async () => {
  world = await playAccount();
}, 60_000);
afterEach(() => world?.remove());

const provision = (...args: string[]) =>
  world.cli.run("provision", "--provider", "digitalocean", "--hosts", "2", ...args);

describe("a provision that cannot be done as asked changes nothing", { timeout: 60_000 }, () => {
  test("gre cannot pass a firewall", async () => {
    const { exitCode, stderr } = await provision("--firewall", "--tunnel", "gre");
    expect(stderr).toMatch(/tunnel: gre cannot pass the Cloud Firewall 'overbridge-main'/);
    expect(exitCode).toBe(2);
    expect(changes(world.double)).toEqual([]);
    expect(await readdir(world.cli.cwd)).toEqual([]);
  });

  test("droplets that were made with a secret nobody knows here", async () => {
    world.addCluster("main", 2, { left: LATER });
    const { exitCode, stderr } = await provision();
    expect(stderr).toMatch(
      /cluster main has 2 hosts, but its secret is not known here\nhint: set OVERBRIDGE_SECRET/,
    );
    expect(exitCode).toBe(2);
    expect(changes(world.double)).toEqual([]);
    expect(await readdir(world.cli.cwd)).toEqual([]);
  });

  test.each([
    [["--hosts", "50"], /hosts: expected at most 20 \(--max-hosts\), found 50/],
    [["--size", "s-none"], /size: expected a droplet size, found s-none/],
    [["--region", "moon1"], /region: expected one that has s-2vcpu-2gb \(.*\), found moon1/],
  ])("what the provider finds wrong leaves neither secret nor inputs behind: %j", async (args, message) => {
    const { exitCode, stderr } = await provision(...args);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
    expect(changes(world.double)).toEqual([]);
    expect(await readdir(world.cli.cwd)).toEqual([]);
  });
});

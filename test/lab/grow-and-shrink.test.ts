import { afterAll, beforeAll, expect, test } from "vitest";
import type { Host } from "../../src/cluster/host-list.ts";
import { type Cluster, playCluster } from "./overbridge.ts";

/** A host comes, a host goes: the others keep ids, subnets and tunnel names to the letter. */
let cluster: Cluster;
beforeAll(async () => {
  cluster = await playCluster("lab-grow");
  await cluster.must("up", "--provider", "docker", "--hosts", "2");
});
afterAll(() => cluster?.remove());

const hostsOf = async (): Promise<Host[]> => (await cluster.json("provision")).hosts;
const portsOf = (host: string) => cluster.onHost(host, "ovs-vsctl list-ports br-overlay");

test("a third host leaves the first two as they were", async () => {
  const before = await hostsOf();
  expect(await portsOf("host1")).toBe("gre-1-2\n");
  await cluster.must("up", "--hosts", "3");
  const after = await hostsOf();
  expect(after.slice(0, 2)).toEqual(before);
  expect(after[2]).toMatchObject({ id: 3, name: "host3", subnet: "10.88.3.0/24" });
  expect(await portsOf("host1")).toBe("gre-1-2\ngre-1-3\n");
});

test("fewer hosts are asked about first, and the highest id goes", async () => {
  const refused = await cluster.run("up", "--hosts", "2");
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain("would remove host3");
  const before = await hostsOf();
  expect(before).toHaveLength(3);

  await cluster.must("up", "--hosts", "2", "--yes");
  expect(await hostsOf()).toEqual(before.slice(0, 2));
  expect(await portsOf("host1")).toBe("gre-1-2\n");
  expect((await cluster.json("configure")).changed).toBe(0);
});

test("a host that was lost is replaced under its own id", async () => {
  const before = await hostsOf();
  const { succeed } = await import("./overbridge.ts");
  await succeed("docker", "rm", "--force", "--volumes", "overbridge-lab-grow-host1");
  await cluster.must("up");
  const after = await hostsOf();
  expect(after.map(({ id, subnet }) => [id, subnet])).toEqual(before.map(({ id, subnet }) => [id, subnet]));
});

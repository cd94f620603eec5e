import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../../src/cluster/host-list.ts";
import { type Cluster, playCluster } from "./overbridge.ts";

/** Hosts that reach each other by IPv6 carry the same overlay, by tunnels of either kind. */
describe.each([
  ["gre", "gre-1-2", 1500 - 62],
  ["vxlan", "vxl-1-2", 1500 - 70],
])("an IPv6 underlay under %s", (tunnel, port, mtu) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await playCluster(`rs-six-${tunnel}`);
  });
  afterAll(() => cluster?.remove());

  test("comes up: every address of the underlay is IPv6, and every pair verifies", async () => {
    const size = ["--provider", "docker", "--hosts", "2", "--ipv6"];
    const { error, list, configured, verified } = await cluster.json("up", ...size, "--tunnel", tunnel);
    expect(error).toBeUndefined();
    const hosts: Host[] = list.hosts;
    for (const { ssh, underlay } of hosts) {
      expect(underlay).toMatch(/^fd[0-9a-f]{2}:/);
      expect(ssh.address).toBe(underlay);
    }
    expect(configured.hosts.map(({ facts }: { facts: { mtu: string } }) => Number(facts.mtu))).toEqual([
      mtu,
      mtu,
    ]);
    expect(verified.pairs.filter((pair: { ok: boolean }) => !pair.ok)).toEqual([]);
    expect(verified.pairs).toHaveLength(2);
  });

  test("has its tunnel between the IPv6 addresses", async () => {
    const { hosts } = await cluster.json("provision");
    const options = await cluster.onHost("host1", `ovs-vsctl get Interface ${port} options:remote_ip`);
    expect(options).toBe(`"${hosts[1].underlay}"\n`);
  });

  test("changes nothing a second time", async () => {
    expect(await cluster.json("configure")).toMatchObject({ ok: true, changed: 0 });
  });
});

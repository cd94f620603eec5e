import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, dockerLeftovers, interfaces, playCluster } from "./overbridge.ts";

/** The main story: three hosts come up, containers talk, drift is found and mended, all of it goes. */
let cluster: Cluster;
let before: string[];
beforeAll(async () => {
  before = await interfaces();
  cluster = await playCluster("lab-three");
  await cluster.must("up", "--provider", "docker", "--hosts", "3");
});
afterAll(() => cluster?.remove());

/** Starts a container on the overlay that lives until it is removed, and returns its address. */
async function startContainer(host: string, name: string): Promise<string> {
  const run = `docker run --detach --name ${name} --network overbridge --volume /usr:/usr:ro overbridge/probe sleep 600`;
  await cluster.onHost(host, `${run} >/dev/null`);
  const address = await cluster.onHost(
    host,
    `docker inspect ${name} --format '{{.NetworkSettings.Networks.overbridge.IPAddress}}'`,
  );
  return address.trim();
}

describe("a cluster of three hosts", () => {
  test("verifies: six ordered pairs, all ok", async () => {
    const { ok, pairs } = await cluster.json("verify");
    expect(pairs).toHaveLength(6);
    expect(pairs.filter((pair: { ok: boolean }) => !pair.ok)).toEqual([]);
    expect(ok).toBe(true);
  });

  test("is configured: a second time changes nothing", async () => {
    const { ok, changed, hosts } = await cluster.json("configure");
    expect({ ok, changed }).toEqual({ ok: true, changed: 0 });
    expect(hosts).toHaveLength(3);
  });

  test("has no drift, and its status says so", async () => {
    expect((await cluster.run("plan")).exitCode).toBe(0);
    const { ok, hosts } = await cluster.json("status");
    expect(ok).toBe(true);
    expect(hosts.map(({ tunnels }: { tunnels: unknown }) => tunnels)).toEqual(
      Array(3).fill({ up: 2, wanted: 2 }),
    );
  });

  test("names a tunnel by its pair", async () => {
    const show = await cluster.onHost("host2", "ovs-vsctl show");
    expect([...new Set(show.match(/\bgre-\d+-\d+\b/g))].toSorted()).toEqual(["gre-1-2", "gre-2-3"]);
  });

  test("lets a container on host1 talk TCP with one on host3, in bulk", async () => {
    const address = await startContainer("host3", "server");
    await startContainer("host1", "client");
    const serve = `perl -MIO::Socket::INET -e 'my $c = IO::Socket::INET->new(LocalPort => 7000, Listen => 1, ReuseAddr => 1)->accept; my $n = 0; while (my $r = sysread($c, my $b, 65536)) { $n += $r } print "$n\\n"'`;
    const send = `perl -MIO::Socket::INET -e 'my $s; for (1..50) { last if $s = IO::Socket::INET->new(PeerAddr => "${address}:7000", Timeout => 5); select undef, undef, undef, 0.1 } my $b = "x" x 65536; for (1..320) { my $o = 0; $o += syswrite($s, $b, 65536 - $o, $o) while $o < 65536 }'`;
    const [received] = await Promise.all([
      cluster.onHost("host3", `docker exec server ${serve}`),
      cluster.onHost("host1", `docker exec client ${send}`),
    ]);
    expect(Number(received)).toBe(320 * 65_536);
    await cluster.onHost("host1", "docker rm --force client >/dev/null");
    await cluster.onHost("host3", "docker rm --force server >/dev/null");
  });

  test("gives no container an address that ends in .0 or .255", async () => {
    const addresses = await cluster.onHost(
      "host2",
      "docker network inspect overbridge --format '{{range .IPAM.Config}}{{json .AuxiliaryAddresses}}{{end}}'",
    );
    expect(Object.values(JSON.parse(addresses)).toSorted()).toEqual(["10.88.2.0", "10.88.2.255"]);
    expect(await startContainer("host2", "first")).toBe("10.88.2.2");
    await cluster.onHost("host2", "docker rm --force first >/dev/null");
  });

  test("keeps containers from the cloud's metadata address", async () => {
    const send = `perl -MSocket -e 'socket(my $s, PF_INET, SOCK_DGRAM, 0); send($s, "x", 0, sockaddr_in(80, inet_aton("169.254.169.254")))'`;
    const dropped = async () =>
      Number(
        (await cluster.onHost("host1", "iptables -t raw -L PREROUTING -v -x -n")).match(
          /(\d+)\s+\d+ DROP .*overbridge0/,
        )?.[1],
      );
    const before = await dropped();
    await cluster.onHost(
      "host1",
      `docker run --rm --network overbridge --volume /usr:/usr:ro overbridge/probe ${send}`,
    );
    expect(await dropped()).toBe(before + 1);
  });

  test("finds drift, names the likely cause, and mends it", async () => {
    await cluster.onHost("host1", "ovs-vsctl del-port gre-1-2");
    const plan = await cluster.run("plan");
    expect(plan.exitCode).toBe(1);
    expect(plan.stdout).toContain("host1: would change tunnels to every other host");
    expect(plan.stdout).toContain("host2: nothing would change");

    const verified = await cluster.json("verify");
    expect(verified.ok).toBe(false);
    const failed = verified.pairs.filter((pair: { ok: boolean }) => !pair.ok);
    expect(failed.map(({ from, to }: { from: string; to: string }) => `${from}-${to}`).toSorted()).toEqual([
      "host1-host2",
      "host2-host1",
    ]);
    expect(failed[0].cause).toMatch(/gre-1-2 is missing/);

    expect((await cluster.json("configure")).changed).toBe(1);
    expect((await cluster.run("verify")).exitCode).toBe(0);
  });

  test("comes back by itself when Open vSwitch dies", async () => {
    await cluster.onHost("host1", "kill -9 $(cat /run/openvswitch/ovs-vswitchd.pid)");
    await expect
      .poll(() => cluster.run("plan").then(({ exitCode }) => exitCode), { timeout: 60_000, interval: 500 })
      .toBe(0);
    expect((await cluster.run("verify")).exitCode).toBe(0);
  });

  test("goes, and leaves nothing", async () => {
    await cluster.must("down");
    expect(await dockerLeftovers("lab-three")).toEqual([]);
    expect(await interfaces()).toEqual(before);
    expect(await cluster.files()).toEqual([]);
  });
});

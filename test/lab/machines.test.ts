import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { succeed } from "./overbridge.ts";
import { playStaticCluster, type StaticCluster } from "./static-cluster.ts";

/**
 * Two emulated machines with a kernel of their own: tunnels in the kernel, a true reboot, the underlay's way into
 * Open vSwitch and back, and hosts that outlive the cluster.
 */
let lab: StaticCluster;
beforeAll(async () => {
  lab = await playStaticCluster("kd-machines");
});
afterAll(() => lab?.remove());

/** The ports of the kernel's own datapath, with their types. */
async function kernelPorts() {
  const shown = await lab.onBoth("ovs-dpctl show");
  return shown.map((text) =>
    [...text.matchAll(/^ {2}port \d+: (\S+) \((\w+)/gm)]
      .map(([, name, type]) => `${name} ${type}`)
      .toSorted(),
  );
}

describe.each([
  ["gre", 6, "gre-1-2", "ip6gre_sys ip6gre"],
  ["gre", 4, "gre-1-2", "gre_sys gre"],
  ["vxlan", 4, "vxl-1-2", "vxlan_sys_4789 vxlan"],
  ["geneve", 4, "gnv-1-2", "genev_sys_6081 geneve"],
] as const)(
  "in the kernel, joined by %s over IPv%i, one as root and one by sudo",
  (type, family, tunnel, port) => {
    test("come up and verify", () => lab.comesUp("system", "--tunnel", type, ...lab.over(family)));

    test("have the tunnel, and no other, in the kernel", async () => {
      expect(await lab.onBoth("ovs-vsctl list-ports br-overlay")).toEqual([tunnel, tunnel]);
      const wanted = ["br-overlay internal", "ovs-system internal", port].toSorted();
      expect(await kernelPorts()).toEqual([wanted, wanted]);
    });
  },
);

/** Where the addresses and routes of the underlay are, interface by interface. */
async function network() {
  const text = "ip -o addr show scope global | awk '{ print $2, $4 }'; ip route; ip -6 route | grep -v ^fe80";
  const shown = await lab.onBoth(`{ ${text}; } | grep -v -e docker0 -e overbridge0`);
  return shown.map((lines) => lines.replace(/ linkdown/g, ""));
}

/** The interfaces that have the underlay's addresses. */
const underlayPlaces = () =>
  lab.onBoth("ip -o -4 addr show scope global | awk '$2 !~ /docker0|overbridge0/ { print $2 }'");

/** What the network card of each does itself. */
const offloads = () => lab.onBoth("ethtool -k $(ls /sys/class/net | grep -m 1 '^e') | grep '^[a-z].*: on$'");

describe("in userspace, because it was asked for", () => {
  let before: string[];
  let offloadsBefore: string[];

  test("the underlay moves into Open vSwitch, and every pair verifies", async () => {
    before = await network();
    offloadsBefore = await offloads();
    await lab.comesUp("netdev", "--tunnel", "gre", "--datapath", "userspace");
    expect(await underlayPlaces()).toEqual(["br-phy", "br-phy"]);
    const nameServers = await lab.onBoth("resolvectl dns br-phy");
    for (const shown of nameServers) expect(shown).toMatch(/\(br-phy\): 192\.0\.2\.53$/);
  });

  test("networkd, which configured the underlay, does not take it back when it is restarted", async () => {
    await lab.onBoth("systemctl restart systemd-networkd && networkctl --no-pager");
    expect(await underlayPlaces()).toEqual(["br-phy", "br-phy"]);
    expect(await lab.cluster.json("plan")).toMatchObject({ ok: true });
  });

  test("one comes back by itself from a reboot", async () => {
    await lab.comesBack("host2");
    expect(await underlayPlaces()).toEqual(["br-phy", "br-phy"]);
  });

  test("the cluster goes, the underlay is where it was, and the machines live on", async () => {
    await lab.goes();
    expect(await network()).toEqual(before);
    expect(await offloads()).toEqual(offloadsBefore);
  });
});

test("the machines leave nothing behind on this one", async () => {
  const { name, pids } = lab.machines;
  expect(await succeed("ip", "netns")).toMatch(new RegExp(`^${name}\\b`, "m"));
  await lab.stopMachines();
  await lab.stopMachines();
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  expect(await succeed("ip", "netns")).not.toContain(name);
  expect(await succeed("ip", "-brief", "link")).not.toContain(name);
  expect(existsSync(`/var/tmp/${name}`)).toBe(false);
});

import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OURS, playStaticCluster, reboot, type StaticCluster } from "./static-cluster.ts";

/** Machines with a kernel of their own: tunnels in the kernel, a true reboot, hosts that outlive the cluster. */
let lab: StaticCluster;
beforeAll(async () => {
  lab = await playStaticCluster("kd-kernel");
});
afterAll(() => lab?.remove());

const hosts = ["host1", "host2"] as const;
const onBoth = (text: string) => Promise.all(hosts.map((host) => lab.asRoot(host, text)));

interface Told {
  readonly host: string;
  readonly reason?: string;
  readonly facts: Readonly<Record<string, string>>;
}

/** Brings the cluster up anew and asserts that every host is done, by this datapath, and every pair verified. */
async function comeUp(datapath: string, ...flags: string[]) {
  const { ok, error, configured, verified } = await lab.cluster.json("up", ...lab.flags, ...flags);
  expect(error).toBeUndefined();
  expect(configured.hosts.map(({ reason }: Told) => reason)).toEqual([undefined, undefined]);
  expect(configured.hosts.map(({ facts }: Told) => facts.datapath)).toEqual([datapath, datapath]);
  expect(verified.pairs.filter((pair: { ok: boolean }) => !pair.ok)).toEqual([]);
  expect(verified.pairs).toHaveLength(2);
  expect(ok).toBe(true);
}

async function verifies() {
  const { ok, pairs } = await lab.cluster.json("verify");
  expect(pairs.filter((pair: { ok: boolean }) => !pair.ok)).toEqual([]);
  expect(ok).toBe(true);
}

/** Reboots a host from within; it must come back as it was with nobody's help. */
async function comesBack(host: (typeof hosts)[number]) {
  await reboot(lab, host, host === "host1" ? lab.first : lab.second);
  await expect
    .poll(async () => (await lab.cluster.run("plan")).stdout.trim().split("\n"), {
      timeout: 180_000,
      interval: 1_000,
    })
    .toEqual(["host1: nothing would change", "host2: nothing would change"]);
  expect(await lab.cluster.json("configure")).toMatchObject({ ok: true, changed: 0 });
  await verifies();
}

/** Takes the cluster down; both machines must still let us in, and have nothing of ours. */
async function goes() {
  for (const found of await onBoth(OURS)) expect(found).toContain("bridge br-overlay");
  const list = `${lab.cluster.directory}/hosts.json`;
  await writeFile(list, await lab.cluster.must("provision", "--json"));
  await lab.cluster.must("down");
  expect(await lab.cluster.files()).toEqual(["hosts.json", "key"]);
  lab.reachBy(list);
  expect(await onBoth(OURS)).toEqual(["", ""]);
}

/** The ports of the kernel's own datapath, with their types. */
async function kernelPorts() {
  const shown = await onBoth("ovs-dpctl show");
  return shown.map((text) =>
    [...text.matchAll(/^ {2}port \d+: (\S+) \((\w+)/gm)]
      .map(([, name, type]) => `${name} ${type}`)
      .toSorted(),
  );
}

describe.each([
  ["gre", "gre-1-2", "gre_sys gre"],
  ["vxlan", "vxl-1-2", "vxlan_sys_4789 vxlan"],
  ["geneve", "gnv-1-2", "genev_sys_6081 geneve"],
])("in the kernel, joined by %s, one as root and one by sudo", (type, tunnel, port) => {
  test("come up and verify", () => comeUp("system", "--tunnel", type));

  test("have the tunnel, and no other, in the kernel", async () => {
    expect(await onBoth("ovs-vsctl list-ports br-overlay")).toEqual([tunnel, tunnel]);
    const wanted = ["br-overlay internal", "ovs-system internal", port].toSorted();
    expect(await kernelPorts()).toEqual([wanted, wanted]);
  });

  test("are configured: a second time changes nothing", async () => {
    expect(await lab.cluster.json("configure")).toMatchObject({ ok: true, changed: 0 });
  });
});

describe("in the kernel", () => {
  test.each(hosts)("%s comes back by itself from a reboot", comesBack);

  test("the cluster goes, leaves nothing of ours, and the machines live on", goes);
});

describe("in userspace, because it was asked for", () => {
  /** Where the addresses and routes of the underlay are, interface by interface. */
  const NETWORK =
    "ip -o addr show scope global | awk '{ print $2, $4 }'; ip route; ip -6 route | grep -v ^fe80";
  let before: string[];

  test("the underlay moves into Open vSwitch, and every pair verifies", async () => {
    before = (await onBoth(`${NETWORK} | grep -v docker0`)).map((text) => text.replace(/ linkdown/g, ""));
    await comeUp("netdev", "--tunnel", "gre", "--datapath", "userspace");
    const places = await Promise.all(
      (
        [
          ["host1", lab.first],
          ["host2", lab.second],
        ] as const
      ).map(([host, { address }]) => lab.asRoot(host, `ip -o addr show to ${address} | awk '{ print $2 }'`)),
    );
    expect(places).toEqual(["br-phy", "br-phy"]);
  });

  test("a host comes back by itself from a reboot", () => comesBack("host1"));

  test("the cluster goes, and the underlay is where it was", async () => {
    await goes();
    const after = await onBoth(`${NETWORK} | grep -v docker0`);
    expect(after.map((text) => text.replace(/ linkdown/g, ""))).toEqual(before);
  });
});

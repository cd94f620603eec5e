import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OURS, playStaticCluster, type StaticCluster } from "./static-cluster.ts";

/** Machines with a kernel of their own: tunnels in the kernel, hosts that outlive the cluster. */
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
  test("the cluster goes, leaves nothing of ours, and the machines live on", goes);
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { playStaticCluster, type StaticCluster } from "./static-cluster.ts";

/** Machines with a kernel of their own: tunnels in the kernel, hosts that outlive the cluster. */
let lab: StaticCluster;
beforeAll(async () => {
  lab = await playStaticCluster("kd-kernel");
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
  ["gre", "gre-1-2", "gre_sys gre"],
  ["vxlan", "vxl-1-2", "vxlan_sys_4789 vxlan"],
  ["geneve", "gnv-1-2", "genev_sys_6081 geneve"],
])("in the kernel, joined by %s, one as root and one by sudo", (type, tunnel, port) => {
  test("come up and verify", () => lab.comesUp("system", "--tunnel", type));

  test("have the tunnel, and no other, in the kernel", async () => {
    expect(await lab.onBoth("ovs-vsctl list-ports br-overlay")).toEqual([tunnel, tunnel]);
    const wanted = ["br-overlay internal", "ovs-system internal", port].toSorted();
    expect(await kernelPorts()).toEqual([wanted, wanted]);
  });

  test("are configured: a second time changes nothing", async () => {
    expect(await lab.cluster.json("configure")).toMatchObject({ ok: true, changed: 0 });
  });
});

describe("in the kernel", () => {
  test("the cluster goes, leaves nothing of ours, and the machines live on", () => lab.goes());
});

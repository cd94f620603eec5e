import { afterAll, beforeAll, expect, test } from "vitest";
import { playStaticCluster, type StaticCluster } from "./static-cluster.ts";

/** True reboots of configured machines, by either datapath, and the underlay's way into Open vSwitch and back. */
let lab: StaticCluster;
beforeAll(async () => {
  lab = await playStaticCluster("kd-reboot");
});
afterAll(() => lab?.remove());

/** Where the addresses and routes of the underlay are, interface by interface. */
const network = async () => {
  const text = "ip -o addr show scope global | awk '{ print $2, $4 }'; ip route; ip -6 route | grep -v ^fe80";
  const shown = await lab.onBoth(`{ ${text}; } | grep -v -e docker0 -e overbridge0`);
  return shown.map((lines) => lines.replace(/ linkdown/g, ""));
};

/** The interface that has the underlay's address. */
const underlayPlaces = () =>
  lab.onBoth("ip -o -4 addr show scope global | awk '$2 !~ /docker0|overbridge0/ { print $2 }'");

let before: string[];

test("by the kernel's datapath, they come up and verify", async () => {
  await lab.comesUp("system", "--tunnel", "gre");
  before = await network();
});

test("a host comes back by itself from a reboot", () => lab.comesBack("host1"));

test("in userspace, the underlay moves into Open vSwitch, and every pair verifies", async () => {
  await lab.comesUp("netdev", "--tunnel", "gre", "--datapath", "userspace");
  expect(await underlayPlaces()).toEqual(["br-phy", "br-phy"]);
});

test("and so it is after a reboot", async () => {
  await lab.comesBack("host2");
  expect(await underlayPlaces()).toEqual(["br-phy", "br-phy"]);
});

test("the cluster goes, the underlay is where it was, and the machines live on", async () => {
  await lab.goes();
  expect(await network()).toEqual(before);
});

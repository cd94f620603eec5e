import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { quote } from "../../src/host/shell.ts";
import { pairKey } from "../../src/verify/findings.ts";
import { probeProgram } from "../../src/verify/probe/program.ts";
import { type Probe, startProbe } from "../../src/verify/probe/session.ts";
import { survey } from "../../src/verify/survey.ts";
import { localConnection } from "../verify/local-connection.ts";

/*
 * The probe against faults made on purpose: three network namespaces, `a`, `b` and `c`, whose eth0 are joined
 * by a bridge in a fourth. What happens to frames on their way to and from x is decided at the bridge's port
 * to x.
 */
const run = promisify(execFile);
const ip = (...args: string[]) => run("ip", args);
const namespace = (name: string) => `vf${process.pid}-${name}`;
const inside = (name: string, ...command: string[]) => ip("netns", "exec", namespace(name), ...command);
const inSwitch = (...command: string[]) => inside("switch", ...command);

const MTU = 1458;
const hosts = ["a", "b", "c"] as const;
const addressOf = { a: "10.99.0.1", b: "10.99.0.2", c: "10.99.0.3", nobody: "10.99.0.9" };
let probes: Record<(typeof hosts)[number], Probe>;

beforeEach(async () => {
  for (const name of ["switch", ...hosts]) {
    await ip("netns", "add", namespace(name));
    await ip("-n", namespace(name), "link", "set", "lo", "up");
  }
  await ip("-n", namespace("switch"), "link", "add", "br0", "type", "bridge");
  await ip("-n", namespace("switch"), "link", "set", "br0", "up");
  for (const name of hosts) {
    const [here, there] = [namespace(name), namespace("switch")];
    const pair = ["link", "add", "eth0", "netns", here, "mtu", `${MTU}`, "type", "veth"];
    await ip(...pair, "peer", "name", name, "mtu", `${MTU}`, "netns", there);
    await ip("-n", there, "link", "set", "dev", name, "master", "br0", "up");
    await ip("-n", here, "addr", "add", `${addressOf[name]}/24`, "dev", "eth0");
    await ip("-n", here, "addr", "add", `fd99::${addressOf[name].at(-1)}/64`, "dev", "eth0", "nodad");
    await ip("-n", here, "link", "set", "eth0", "up");
  }
  const started = await Promise.all(
    hosts.map((name) =>
      startProbe(
        localConnection(name, ["ip", "netns", "exec", namespace(name)]),
        `exec perl -e ${quote(probeProgram)} eth0`,
      ),
    ),
  );
  probes = { a: started[0]!, b: started[1]!, c: started[2]! };
});

afterEach(async () => {
  await Promise.all(Object.values(probes ?? {}).map((probe) => probe.end()));
  for (const name of ["switch", ...hosts]) await ip("netns", "delete", namespace(name));
});

/** Has the switch do something, by a rule of nftables, with frames it takes from one host or forwards to another. */
async function meddle(family: "netdev" | "bridge", hook: string, rule: string) {
  await inSwitch("nft", `add table ${family} faults`);
  await inSwitch("nft", `add chain ${family} faults meddling { type filter hook ${hook} priority 0 ; }`);
  await inSwitch("nft", `add rule ${family} faults meddling ${rule}`);
}

describe("an echo", () => {
  test("tells the round trip and the largest packet", async () => {
    const reached = await probes.a.reach(MTU, [addressOf.b, addressOf.c]);
    for (const address of [addressOf.b, addressOf.c]) {
      expect(reached.get(address)).toMatchObject({ sent: 5, received: 5, mtu: MTU });
      expect(reached.get(address)?.rttMs).toBeGreaterThan(0);
      expect(reached.get(address)?.rttMs).toBeLessThan(100);
    }
  });

  test("tells who never answers from who does", async () => {
    const reached = await probes.a.reach(MTU, [addressOf.nobody, addressOf.b]);
    expect(reached.get(addressOf.nobody)).toEqual({ sent: 3, received: 0, rttMs: null, mtu: null });
    expect(reached.get(addressOf.b)).toMatchObject({ received: 5, mtu: MTU });
  });

  test("finds a smaller MTU on the path to the byte", async () => {
    await ip("-n", namespace("switch"), "link", "set", "dev", "b", "mtu", "1234");
    const reached = await probes.a.reach(MTU, [addressOf.b, addressOf.c]);
    expect(reached.get(addressOf.b)).toMatchObject({ sent: 5, received: 5, mtu: 1234 });
    expect(reached.get(addressOf.c)).toMatchObject({ mtu: MTU });
  });

  test("finds the interface's own MTU where more is asked for", async () => {
    const reached = await probes.a.reach(9000, [addressOf.b]);
    expect(reached.get(addressOf.b)).toMatchObject({ mtu: MTU });
  });

  test("counts what is lost, of more packets then", async () => {
    await meddle("bridge", "forward", "icmp type echo-request numgen inc mod 3 == 0 drop");
    const reach = (await probes.a.reach(MTU, [addressOf.b])).get(addressOf.b);
    expect(reach?.sent).toBe(25);
    expect(reach?.received).toBeGreaterThan(10);
    expect(reach?.received).toBeLessThan(20);
  });

  test("does the same over IPv6", async () => {
    await ip("-n", namespace("switch"), "link", "set", "dev", "c", "mtu", "1400");
    const reached = await probes.a.reach(MTU, ["fd99::2", "fd99::3", "fd99::9"]);
    expect(reached.get("fd99::2")).toMatchObject({ sent: 5, received: 5, mtu: MTU });
    expect(reached.get("fd99::3")).toMatchObject({ sent: 5, received: 5, mtu: 1400 });
    expect(reached.get("fd99::9")).toMatchObject({ received: 0, mtu: null });
  });
});

describe("a survey", () => {
  const copies = (pairs: Awaited<ReturnType<typeof survey>>["pairs"]) =>
    Object.fromEntries([...pairs].map(([key, finding]) => [key, finding.copies]));

  test("hears one broadcast from every host at every other once", async () => {
    const { pairs, lost } = await survey(Object.values(probes));
    expect(copies(pairs)).toEqual({ "a>b": 1, "a>c": 1, "b>a": 1, "b>c": 1, "c>a": 1, "c>b": 1 });
    expect(lost.size).toBe(0);
  });

  test("finds the one way that doubles broadcasts", async () => {
    await meddle("netdev", "ingress device a", 'ip daddr 10.99.0.255 dup to "b"');
    const { pairs } = await survey(Object.values(probes));
    expect(copies(pairs)).toEqual({ "a>b": 2, "a>c": 1, "b>a": 1, "b>c": 1, "c>a": 1, "c>b": 1 });
  });

  test("finds the one way that loses broadcasts", async () => {
    await meddle("bridge", "forward", `oifname a ip saddr ${addressOf.c} ip daddr 10.99.0.255 drop`);
    const { pairs } = await survey(Object.values(probes));
    expect(copies(pairs)).toEqual({ "a>b": 1, "a>c": 1, "b>a": 1, "b>c": 1, "c>a": 0, "c>b": 1 });
  });

  test("measures a stream each way between every two hosts", async () => {
    const { pairs } = await survey(Object.values(probes), { throughputSeconds: 1 });
    for (const from of hosts) {
      for (const to of hosts) {
        if (from !== to) expect(pairs.get(pairKey(from, to))?.throughput).toBeGreaterThan(10);
      }
    }
  });

  test("does without a probe that dies, and says why", async () => {
    await probes.b.end();
    const { pairs, lost } = await survey(Object.values(probes));
    expect([...lost.keys()]).toEqual([probes.b]);
    expect(copies(pairs)).toMatchObject({ "a>c": 1, "c>a": 1 });
  });
});

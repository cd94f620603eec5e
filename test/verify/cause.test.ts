import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/cluster/host-list.ts";
import { type Case, causeOf } from "../../src/verify/cause.ts";
import type { Evidence, TunnelEvidence } from "../../src/verify/evidence.ts";
import type { HostFinding, PairFinding } from "../../src/verify/findings.ts";
import { listOf } from "../cluster/arbitrary.ts";
import { evidenceOf, healthy, well } from "./made-up.ts";

interface Spoiled {
  list?: Parameters<typeof listOf>[1];
  from?: Partial<HostFinding>;
  to?: Partial<HostFinding>;
  finding?: PairFinding;
  problem: Case["problem"];
}

/** The cause of a failed pair host1 -> host2 whose findings are healthy but for what is given. */
function causeFor({ list: options, from, to, finding, problem }: Spoiled) {
  const list = listOf([1, 2, 3], options);
  const { hosts } = healthy(list);
  const [first, second, third] = hosts as [HostFinding, HostFinding, HostFinding];
  const spoiled = [
    { ...first, ...from },
    { ...second, ...to },
  ] as const;
  return causeOf({
    list,
    digest: digestOf(list),
    hosts: [...spoiled, third],
    from: spoiled[0],
    to: spoiled[1],
    finding: { ...well(1458), ...finding },
    problem,
  });
}

const list = listOf([1, 2, 3]);
const dead = { reach: { sent: 3, received: 0, rttMs: null, mtu: null } };
const evidence = (id: number, changes: Partial<Evidence>): Partial<HostFinding> => ({
  after: { ...evidenceOf(list, id), ...changes },
});
const tunnel = (id: number, name: string, changes: Partial<TunnelEvidence>): Partial<HostFinding> => {
  const tunnels = new Map(evidenceOf(list, id).tunnels);
  tunnels.set(name, { ...tunnels.get(name)!, ...changes });
  return evidence(id, { tunnels });
};
const withoutTunnel = (id: number, name: string): Partial<HostFinding> => {
  const tunnels = new Map(evidenceOf(list, id).tunnels);
  tunnels.delete(name);
  return evidence(id, { tunnels });
};
/** Packets that passed a host's end of gre-1-2 during the test. */
const counters = (id: number, tx: number, rx: number, base = list): Partial<HostFinding> => {
  const before = evidenceOf(base, id, 1000);
  const tunnels = [...before.tunnels].map(
    ([name, one]) => [name, { ...one, tx: 1000 + tx, rx: 1000 + rx }] as const,
  );
  return { before, after: { ...before, tunnels: new Map(tunnels) } };
};
const geneve = listOf([1, 2, 3], { type: "geneve" });

interface Row extends Spoiled {
  what: string;
  cause: string;
  hint: RegExp;
}

const rows: Row[] = [
  {
    what: "a host that cannot be reached",
    to: { reason: "host2: 192.168.0.2:22 did not answer", hint: "is the host up?" },
    problem: "host",
    cause: "host2: 192.168.0.2:22 did not answer",
    hint: /^is the host up\?$/,
  },
  {
    what: "both hosts gone: the sender's reason",
    from: { reason: "host1: gone" },
    to: { reason: "host2: gone" },
    problem: "host",
    cause: "host1: gone",
    hint: /host1/,
  },
  {
    what: "a host that was never configured",
    to: {
      before: { ...evidenceOf(list, 2), digest: undefined } as unknown as Evidence,
      after: { hasBridge: false, isJoined: false, filtersBridges: false, tunnels: new Map() },
    },
    finding: dead,
    problem: "silent",
    cause: "host2: it is not configured",
    hint: /^run overbridge configure$/,
  },
  {
    what: "a host configured from another list",
    to: evidence(2, { digest: `sha256:${"ab".repeat(32)}` }),
    finding: dead,
    problem: "silent",
    cause: `host2: it was configured from another host list (sha256:abababababab, not ${digestOf(list).slice(0, 19)})`,
    hint: /configure/,
  },
  {
    what: "Open vSwitch that is down",
    from: evidence(1, {
      switchError: "ovs-vsctl: database connection failed",
      hasBridge: false,
      tunnels: new Map(),
    }),
    finding: dead,
    problem: "silent",
    cause: "host1: Open vSwitch does not answer: ovs-vsctl: database connection failed",
    hint: /^overbridge exec host1 -- systemctl status openvswitch-switch$/,
  },
  {
    what: "no bridge",
    to: evidence(2, { hasBridge: false, isJoined: false, tunnels: new Map() }),
    finding: dead,
    problem: "silent",
    cause: "host2: bridge br-overlay is missing",
    hint: /configure/,
  },
  {
    what: "a bridge that containers are not on",
    to: evidence(2, { isJoined: false }),
    finding: dead,
    problem: "silent",
    cause: "host2: br-overlay is not in overbridge0, so containers do not reach the tunnels",
    hint: /configure/,
  },
  {
    what: "a missing tunnel at the sender",
    from: withoutTunnel(1, "gre-1-2"),
    finding: dead,
    problem: "silent",
    cause: "host1: tunnel gre-1-2 is missing",
    hint: /configure/,
  },
  {
    what: "a missing tunnel at the receiver",
    to: withoutTunnel(2, "gre-1-2"),
    finding: dead,
    problem: "silent",
    cause: "host2: tunnel gre-1-2 is missing",
    hint: /configure/,
  },
  {
    what: "a missing tunnel to a third host, which is no cause",
    from: { ...withoutTunnel(1, "gre-1-3"), ...{} },
    finding: { copies: 0 },
    problem: "unheard",
    cause: "host2 does not hear host1's broadcasts, though echoes pass",
    hint: /ovs-ofctl dump-flows br-overlay/,
  },
  {
    what: "a tunnel to somewhere else",
    from: tunnel(1, "gre-1-2", { options: { remote_ip: "192.168.0.99", key: "1" } }),
    finding: dead,
    problem: "silent",
    cause: "host1: tunnel gre-1-2 leads to 192.168.0.99, not 192.168.0.2",
    hint: /configure/,
  },
  {
    what: "a tunnel with another key",
    from: tunnel(1, "gre-1-2", { options: { remote_ip: "192.168.0.2", key: "1" } }),
    finding: dead,
    problem: "silent",
    cause: `host1: tunnel gre-1-2 has key 1, not ${evidenceOf(list, 1).tunnels.get("gre-1-2")?.options.key}`,
    hint: /configure/,
  },
  {
    what: "a tunnel of another type",
    to: tunnel(2, "gre-1-2", { type: "vxlan" }),
    finding: dead,
    problem: "silent",
    cause: "host2: tunnel gre-1-2 is of type vxlan, not gre",
    hint: /configure/,
  },
  {
    what: "a tunnel that Open vSwitch could not make",
    to: tunnel(2, "gre-1-2", { error: "File exists" }),
    finding: dead,
    problem: "silent",
    cause: "host2: tunnel gre-1-2 is not up: File exists",
    hint: /configure/,
  },
  {
    what: "a firewall on the way there",
    from: counters(1, 9, 4),
    to: counters(2, 4, 0),
    finding: { ...dead, underlay: { sent: 5, received: 5, rttMs: 0.3, mtu: 1500 } },
    problem: "silent",
    cause:
      "gre-1-2: host1 sends but host2 receives nothing: a firewall between them drops GRE (IP protocol 47)",
    hint: /^let GRE \(IP protocol 47\) pass from 192\.168\.0\.1 to 192\.168\.0\.2$/,
  },
  {
    what: "a firewall on the way back",
    from: counters(1, 9, 0),
    to: counters(2, 9, 9),
    finding: dead,
    problem: "silent",
    cause:
      "gre-1-2: host2 sends but host1 receives nothing: a firewall between them drops GRE (IP protocol 47)",
    hint: /^let GRE \(IP protocol 47\) pass from 192\.168\.0\.2 to 192\.168\.0\.1$/,
  },
  {
    what: "a firewall against Geneve",
    list: { type: "geneve" },
    from: counters(1, 9, 0, geneve),
    to: counters(2, 9, 0, geneve),
    finding: dead,
    problem: "silent",
    cause:
      "gnv-1-2: host1 sends but host2 receives nothing: a firewall between them drops geneve (UDP port 6081)",
    hint: /UDP port 6081/,
  },
  {
    what: "an underlay that is dead altogether",
    from: counters(1, 9, 0),
    to: counters(2, 9, 0),
    finding: { ...dead, underlay: { sent: 3, received: 0, rttMs: null, mtu: null } },
    problem: "silent",
    cause: "gre-1-2: host2 receives nothing, and 192.168.0.2 does not answer host1 on the underlay either",
    hint: /route between 192\.168\.0\.1 and 192\.168\.0\.2/,
  },
  {
    what: "packets that never reach the tunnel",
    from: counters(1, 0, 0),
    to: counters(2, 3, 0),
    finding: dead,
    problem: "silent",
    cause: "gre-1-2: host1 sends nothing into it: what its containers send gets lost before",
    hint: /ovs-appctl fdb\/show br-overlay/,
  },
  {
    what: "packets that never reach the tunnel of a host that filters them",
    from: { ...counters(1, 0, 0), after: { ...counters(1, 0, 0).after!, filtersBridges: true } },
    to: counters(2, 3, 0),
    finding: dead,
    problem: "silent",
    cause: "gre-1-2: host1 sends nothing into it: what its containers send gets lost before",
    hint: /^host1 filters bridged packets: .*iptables -vnL FORWARD$/,
  },
  {
    what: "a tunnel that works",
    from: counters(1, 9, 9),
    to: counters(2, 9, 9),
    finding: dead,
    problem: "silent",
    cause: "gre-1-2: packets pass both ways, but containers on host1 and host2 do not hear each other",
    hint: /bridge fdb show/,
  },
  {
    what: "counters that are not known",
    from: { before: undefined, after: undefined } as unknown as Partial<HostFinding>,
    finding: dead,
    problem: "silent",
    cause: "gre-1-2: no echo came back, and its counters could not be read",
    hint: /dump-ports/,
  },
  {
    what: "loss",
    finding: { reach: { sent: 25, received: 20, rttMs: 1, mtu: 1458 } },
    problem: "loss",
    cause: "5 of 25 echoes were lost",
    hint: /load of host1 and host2/,
  },
  {
    what: "loss on the underlay",
    finding: {
      reach: { sent: 25, received: 20, rttMs: 1, mtu: 1458 },
      underlay: { sent: 25, received: 19, rttMs: 1, mtu: 1500 },
    },
    problem: "loss",
    cause: "5 of 25 echoes were lost, and the underlay loses packets too",
    hint: /192\.168\.0\.1 and 192\.168\.0\.2/,
  },
  {
    what: "a small MTU on the underlay",
    finding: {
      reach: { sent: 5, received: 5, rttMs: 1, mtu: 1358 },
      underlay: { sent: 5, received: 5, rttMs: 1, mtu: 1400 },
    },
    problem: "mtu",
    cause:
      "packets over 1358 bytes are lost: the underlay from host1 to host2 carries 1400 bytes, the tunnel needs 1500",
    hint: /^provision with --mtu 1358, then configure$/,
  },
  {
    what: "a small MTU on an underlay that answers no echoes",
    finding: {
      reach: { sent: 5, received: 5, rttMs: 1, mtu: 1358 },
      underlay: { sent: 3, received: 0, rttMs: null, mtu: null },
    },
    problem: "mtu",
    cause:
      "packets over 1358 bytes are lost: the underlay from host1 to host2 carries less than the interfaces' MTU says",
    hint: /--mtu 1358/,
  },
  {
    what: "large packets that are lost in the tunnel alone",
    finding: {
      reach: { sent: 5, received: 5, rttMs: 1, mtu: 1358 },
      underlay: { sent: 5, received: 5, rttMs: 1, mtu: 1500 },
    },
    problem: "mtu",
    cause:
      "packets over 1358 bytes are lost, though the underlay from host1 to host2 carries what the tunnel needs",
    hint: /GRE \(IP protocol 47\)/,
  },
  {
    what: "hosts that have found different MTUs",
    to: { mtu: 1358 },
    finding: { reach: { sent: 5, received: 5, rttMs: 1, mtu: 1358 } },
    problem: "mtu",
    cause: "host1's overlay has MTU 1458, host2's 1358: their underlay interfaces differ",
    hint: /--mtu 1358/,
  },
  {
    what: "a host without the host list's MTU",
    list: { mtu: 1400 },
    ...(() => {
      const fixed = listOf([1, 2, 3], { mtu: 1400 });
      return {
        from: { before: evidenceOf(fixed, 1), after: evidenceOf(fixed, 1), mtu: 1400 },
        to: { before: evidenceOf(fixed, 2), after: evidenceOf(fixed, 2), mtu: 1358 },
      };
    })(),
    problem: "mtu",
    cause: "host2: the overlay has MTU 1358, the host list says 1400",
    hint: /configure/,
  },
  {
    what: "a loop by a tunnel without split horizon",
    to: tunnel(2, "gre-2-3", { isProtected: false }),
    finding: { copies: 7 },
    problem: "copies",
    cause: "a broadcast arrives 7 times: host2's gre-2-3 is not protected, so the mesh has a loop",
    hint: /configure/,
  },
  {
    what: "a loop by something else",
    finding: { copies: 2 },
    problem: "copies",
    cause: "a broadcast from host1 arrives 2 times at host2: there is a second way between them",
    hint: /other bridges or tunnels/,
  },
  {
    what: "no stream",
    finding: { throughput: null },
    problem: "throughput",
    cause: "no TCP stream came through from host1 to host2, though echoes pass",
    hint: /checksum/,
  },
];

describe("the likely cause", () => {
  test.each(rows)("$what", ({ cause, hint, ...spoiled }) => {
    const found = causeFor(spoiled);
    expect(found.cause).toBe(cause);
    expect(found.hint).toMatch(hint);
  });
});

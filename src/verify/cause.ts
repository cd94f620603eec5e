import { isIPv6 } from "node:net";
import type { HostList } from "../cluster/host-list.ts";
import { overheadOf } from "../cluster/mtu.ts";
import { carriers, tunnelName } from "../cluster/tunnel.ts";
import { BRIDGE, LINUX_BRIDGE } from "../host/names.ts";
import { misconfigured } from "./configuration.ts";
import type { HostFinding, PairFinding } from "./findings.ts";
import type { Problem } from "./judge.ts";

/** Why a pair failed, most likely, and what to do about it: one line each. */
export interface Cause {
  readonly cause: string;
  readonly hint: string;
}

export interface Case {
  readonly list: HostList;
  readonly digest: string;
  readonly hosts: readonly HostFinding[];
  readonly from: HostFinding;
  readonly to: HostFinding;
  readonly finding: PairFinding;
  readonly problem: Problem;
}

/** Turns what was found about a failed pair into its one likely cause. Pure. */
export function causeOf(pair: Case): Cause {
  if (pair.problem === "host") return unprobed(pair);
  return misconfigured(pair) ?? explain[pair.problem](pair);
}

function unprobed({ from, to }: Case): Cause {
  const broken = from.reason === undefined ? to : from;
  return {
    cause: broken.reason ?? `${from.host.name}: the probe told nothing of ${to.host.name}`,
    hint: broken.hint ?? `overbridge exec ${broken.host.name} -- docker ps`,
  };
}

/** What the tunnel is on the underlay: what a firewall has to let through. */
function carrierOf({ list }: Case): string {
  const { protocol, port } = carriers[list.tunnel.type];
  const name = list.tunnel.type === "gre" ? "GRE" : list.tunnel.type;
  return port === undefined ? `${name} (IP protocol ${protocol})` : `${name} (UDP port ${port})`;
}

/** How many packets went into or came out of a host's end of the tunnel meanwhile; undefined where not known. */
function passed({ before, after }: HostFinding, tunnel: string, way: "rx" | "tx"): number | undefined {
  const [first, last] = [before?.tunnels.get(tunnel), after?.tunnels.get(tunnel)];
  return first && last && last[way] - first[way];
}

function lostOnTheWay(pair: Case, sender: HostFinding, receiver: HostFinding, tunnel: string): Cause {
  const [a, b] = [sender.host, receiver.host];
  if (pair.finding.underlay?.received === 0) {
    return {
      cause: `${tunnel}: ${b.name} receives nothing, and ${pair.to.host.underlay} does not answer ${pair.from.host.name} on the underlay either`,
      hint: `check the route between ${a.underlay} and ${b.underlay}, and the firewalls on it`,
    };
  }
  return {
    cause: `${tunnel}: ${a.name} sends but ${b.name} receives nothing: a firewall between them drops ${carrierOf(pair)}`,
    hint: `let ${carrierOf(pair)} pass from ${a.underlay} to ${b.underlay}`,
  };
}

/** Follows the echo by the tunnel's counters to where it was last seen. */
function silent(pair: Case): Cause {
  const { from, to } = pair;
  const tunnel = tunnelName(pair.list.tunnel.type, from.host.id, to.host.id);
  for (const [sender, receiver] of [
    [from, to],
    [to, from],
  ] as const) {
    const [sent, received] = [passed(sender, tunnel, "tx"), passed(receiver, tunnel, "rx")];
    if (sent === undefined || received === undefined) {
      return {
        cause: `${tunnel}: no echo came back, and its counters could not be read`,
        hint: `overbridge exec ${sender.host.name} -- ovs-ofctl dump-ports ${BRIDGE}`,
      };
    }
    if (sent === 0) {
      return {
        cause: `${tunnel}: ${sender.host.name} sends nothing into it: what its containers send gets lost before`,
        hint: filtering(sender) ?? `overbridge exec ${sender.host.name} -- ovs-appctl fdb/show ${BRIDGE}`,
      };
    }
    if (received === 0) return lostOnTheWay(pair, sender, receiver, tunnel);
  }
  return {
    cause: `${tunnel}: packets pass both ways, but containers on ${from.host.name} and ${to.host.name} do not hear each other`,
    hint:
      filtering(to) ??
      filtering(from) ??
      `overbridge exec ${to.host.name} -- bridge fdb show br ${LINUX_BRIDGE}`,
  };
}

function filtering(finding: HostFinding): string | undefined {
  if (!(finding.after ?? finding.before)?.filtersBridges) return undefined;
  return `${finding.host.name} filters bridged packets: overbridge exec ${finding.host.name} -- iptables -vnL FORWARD`;
}

function lossy({ from, to, finding }: Case): Cause {
  const { sent, received } = finding.reach!;
  const below = finding.underlay && finding.underlay.received < finding.underlay.sent;
  return {
    cause: `${sent - received} of ${sent} echoes were lost${below ? ", and the underlay loses packets too" : ""}`,
    hint: below
      ? `check the network between ${from.host.underlay} and ${to.host.underlay}`
      : `check the load of ${from.host.name} and ${to.host.name}`,
  };
}

function tooSmall(pair: Case): Cause {
  const { list, from, to, finding } = pair;
  const [a, b] = [from.host.name, to.host.name];
  if (from.mtu !== to.mtu) {
    return {
      cause: `${a}'s overlay has MTU ${from.mtu}, ${b}'s ${to.mtu}: their underlay interfaces differ`,
      hint: `provision with --mtu ${Math.min(from.mtu!, to.mtu!)}, then configure`,
    };
  }
  const lost = `packets over ${finding.reach!.mtu} bytes are lost`;
  const overhead = overheadOf(list.tunnel.type, isIPv6(from.host.underlay) ? 6 : 4);
  const { mtu: underlay } = finding.underlay ?? { mtu: null };
  if (underlay === null) {
    return {
      cause: `${lost}: the underlay from ${a} to ${b} carries less than the interfaces' MTU says`,
      hint: `provision with --mtu ${finding.reach!.mtu}, then configure`,
    };
  }
  if (underlay < from.mtu! + overhead) {
    return {
      cause: `${lost}: the underlay from ${a} to ${b} carries ${underlay} bytes, the tunnel needs ${from.mtu! + overhead}`,
      hint: `provision with --mtu ${Math.min(underlay - overhead, finding.reach!.mtu!)}, then configure`,
    };
  }
  return {
    cause: `${lost}, though the underlay from ${a} to ${b} carries what the tunnel needs`,
    hint: `does something on the way drop fragments or large ${carrierOf(pair)} packets?`,
  };
}

function looping({ hosts, from, to, finding }: Case): Cause {
  for (const { host, after, before } of hosts) {
    for (const [name, { isProtected }] of (after ?? before)?.tunnels ?? []) {
      if (isProtected || !/^(gre|vxl|gnv)-\d+-\d+$/.test(name)) continue;
      return {
        cause: `a broadcast arrives ${finding.copies} times: ${host.name}'s ${name} is not protected, so the mesh has a loop`,
        hint: "run overbridge configure",
      };
    }
  }
  return {
    cause: `a broadcast from ${from.host.name} arrives ${finding.copies} times at ${to.host.name}: there is a second way between them`,
    hint: `look for other bridges or tunnels that join ${LINUX_BRIDGE} or ${BRIDGE} of two hosts`,
  };
}

const explain: Record<Exclude<Problem, "host">, (pair: Case) => Cause> = {
  silent,
  loss: lossy,
  mtu: tooSmall,
  copies: looping,
  unheard: ({ from, to }) => ({
    cause: `${to.host.name} does not hear ${from.host.name}'s broadcasts, though echoes pass`,
    hint: `overbridge exec ${from.host.name} -- ovs-ofctl dump-flows ${BRIDGE}`,
  }),
  throughput: ({ from, to }) => ({
    cause: `no TCP stream came through from ${from.host.name} to ${to.host.name}, though echoes pass`,
    hint: `check firewalls and checksum offload: overbridge exec ${to.host.name} -- nstat -az TcpInCsumErrors`,
  }),
};

import { digestOf, type HostList } from "../cluster/host-list.ts";
import { causeOf } from "./cause.ts";
import { type HostFinding, type PairFinding, type Pairs, pairKey } from "./findings.ts";

/** What is wrong with a pair: the first of these that is. */
export type Problem = "host" | "silent" | "loss" | "mtu" | "unheard" | "copies" | "throughput";

export interface PairResult {
  readonly from: string;
  readonly to: string;
  readonly ok: boolean;
  /** Milliseconds of the fastest round trip; null where no echo came back. */
  readonly rttMs: number | null;
  /** Percent of echoes that did not come back. */
  readonly lossPercent: number | null;
  /** Bytes of the largest IP packet that passes whole, and what it has to be: the network's MTU. */
  readonly pathMtu: number | null;
  readonly expectedMtu: number | null;
  /** Copies of one broadcast that arrived. */
  readonly broadcasts: number | null;
  /** Mbit/s of one TCP stream, where it was asked for. */
  readonly throughputMbps?: number | null;
  /** Where it failed: the likely cause and what to do about it, one line each. */
  readonly cause?: string;
  readonly hint?: string;
}

interface VerifiedHost {
  readonly host: string;
  readonly ok: boolean;
  /** Its probe's address, and the MTU of the overlay as its containers have it. */
  readonly address?: string;
  readonly mtu?: number;
  /** The digest of the host list it was configured from. */
  readonly digest?: string;
  readonly reason?: string;
  readonly hint?: string;
}

export interface VerifyResult {
  readonly ok: boolean;
  readonly cluster: string;
  readonly digest: string;
  readonly hosts: readonly VerifiedHost[];
  /** Every ordered pair of hosts, in the host list's order. */
  readonly pairs: readonly PairResult[];
}

/** Of every hundred echoes so many may be lost: one of the 25 that are sent where one of the first is. */
const TOLERABLE_LOSS = 5;

/** The MTU a pair's packets must reach: the host list's, or the larger one of what the two hosts have found. */
function expectedMtu(list: HostList, from: HostFinding, to: HostFinding): number | null {
  if (list.overlay.mtu !== undefined) return list.overlay.mtu;
  return from.mtu === undefined || to.mtu === undefined ? null : Math.max(from.mtu, to.mtu);
}

function lossOf(finding: PairFinding): number | null {
  const { sent, received } = finding.reach ?? { sent: 0, received: 0 };
  return sent === 0 ? null : Math.round((100 * (sent - received)) / sent);
}

/** What is wrong with the way from one host to another; undefined where nothing is. */
function problemOf(
  list: HostList,
  from: HostFinding,
  to: HostFinding,
  finding: PairFinding,
): Problem | undefined {
  if (from.reason !== undefined || to.reason !== undefined || !finding.reach) return "host";
  if (finding.reach.received === 0) return "silent";
  if (lossOf(finding)! > TOLERABLE_LOSS) return "loss";
  const expected = expectedMtu(list, from, to);
  if (finding.reach.mtu !== expected || from.mtu !== to.mtu) return "mtu";
  if (finding.copies === undefined || finding.copies === 0) return "unheard";
  if (finding.copies > 1) return "copies";
  return finding.throughput === null ? "throughput" : undefined;
}

/** Every ordered pair of hosts. */
export function orderedPairs<T>(members: readonly T[]): [T, T][] {
  return members.flatMap((from) => members.filter((to) => to !== from).map((to): [T, T] => [from, to]));
}

/** The result of a verification: a pure function of the host list and what was found. */
export function judge(list: HostList, hosts: readonly HostFinding[], pairs: Pairs): VerifyResult {
  const digest = digestOf(list);
  const judged = orderedPairs(hosts).map(([from, to]): PairResult => {
    const finding = pairs.get(pairKey(from.host.name, to.host.name)) ?? {};
    const problem = problemOf(list, from, to, finding);
    return {
      from: from.host.name,
      to: to.host.name,
      ok: problem === undefined,
      rttMs: finding.reach?.rttMs ?? null,
      lossPercent: lossOf(finding),
      pathMtu: finding.reach?.mtu ?? null,
      expectedMtu: expectedMtu(list, from, to),
      broadcasts: finding.copies ?? null,
      ...(finding.throughput === undefined ? {} : { throughputMbps: finding.throughput }),
      ...(problem === undefined ? {} : causeOf({ list, digest, hosts, from, to, finding, problem })),
    };
  });
  return {
    ok: hosts.every(({ reason }) => reason === undefined) && judged.every(({ ok }) => ok),
    cluster: list.cluster,
    digest,
    hosts: hosts.map((finding) => judgedHost(finding)),
    pairs: judged,
  };
}

function judgedHost({ host, address, mtu, reason, hint, before, after }: HostFinding): VerifiedHost {
  const recorded = (after ?? before)?.digest;
  return {
    host: host.name,
    ok: reason === undefined,
    ...(address === undefined ? {} : { address }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(recorded === undefined ? {} : { digest: recorded }),
    ...(reason === undefined ? {} : { reason }),
    ...(hint === undefined ? {} : { hint }),
  };
}

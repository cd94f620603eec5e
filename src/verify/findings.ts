import type { Host } from "../cluster/host-list.ts";
import type { Evidence } from "./evidence.ts";
import type { Reach } from "./probe/protocol.ts";

/** What was found out about one host. */
export interface HostFinding {
  readonly host: Host;
  /** Its probe's address on the overlay, and the MTU of its interface there in bytes. */
  readonly address?: string;
  readonly mtu?: number;
  /** Why it has no probe, or lost it: one line that names the host. */
  readonly reason?: string;
  readonly hint?: string;
  /** Its part of the mesh before anything was sent, and after. */
  readonly before?: Evidence;
  readonly after?: Evidence;
}

/** What was found out about the way from one host to another. What is absent was not found out. */
export interface PairFinding {
  readonly reach?: Reach;
  /** Copies of one broadcast that came in. */
  readonly copies?: number;
  /** Mbit/s of one TCP stream; null where none came through. */
  readonly throughput?: number | null;
  /** Echoes between the hosts themselves, with packets as large as the tunnel makes them. */
  readonly underlay?: Reach;
}

/** Findings by `pairKey`. */
export type Pairs = Map<string, PairFinding>;

/** Names of hosts hold no `>`. */
export function pairKey(from: string, to: string): string {
  return `${from}>${to}`;
}

export function addFinding(pairs: Pairs, from: string, to: string, finding: PairFinding) {
  pairs.set(pairKey(from, to), { ...pairs.get(pairKey(from, to)), ...finding });
}

import { addFinding, type Pairs } from "./findings.ts";
import type { Probe } from "./probe/session.ts";
import type { Attempt } from "./survey.ts";

/**
 * Rounds in which each member meets one other at most, and in all of which everyone meets everyone: the circle
 * method for round-robin tournaments. The first of a pair is the one with the lower index.
 */
export function rounds<T>(members: readonly T[]): [T, T][][] {
  const seats: (number | undefined)[] = members.map((_, index) => index);
  if (seats.length % 2 === 1) seats.push(undefined);
  const all: [T, T][][] = [];
  for (let round = 1; round < seats.length; round += 1) {
    const pairs: [T, T][] = [];
    for (let seat = 0; seat < seats.length / 2; seat += 1) {
      const [a, b] = [seats[seat], seats[seats.length - 1 - seat]];
      if (a !== undefined && b !== undefined)
        pairs.push([members[Math.min(a, b)]!, members[Math.max(a, b)]!]);
    }
    all.push(pairs);
    seats.splice(1, 0, seats.pop());
  }
  return all;
}

/** One TCP stream for each ordered pair; a host is in one at a time, so that none takes another's share. */
export async function measureThroughput(
  pairs: Pairs,
  probes: readonly Probe[],
  seconds: number,
  attempt: Attempt,
) {
  for (const round of rounds(probes)) {
    for (const way of [round, round.map(([a, b]) => [b, a] as const)]) {
      await Promise.all(
        way.map(async ([from, to]) => {
          addFinding(pairs, from.host, to.host, { throughput: await stream(from, to, seconds, attempt) });
        }),
      );
    }
  }
}

/** Mbit/s that arrived; null where the stream did not come through. */
async function stream(from: Probe, to: Probe, seconds: number, attempt: Attempt): Promise<number | null> {
  const sink = await attempt(to, () => to.sink(seconds));
  if (!sink) return null;
  const [sent, received] = await Promise.allSettled([
    from.source(to.address, sink.port, seconds),
    sink.received,
  ]);
  if (sent.status === "rejected" || received.status === "rejected") return null;
  const { bytes, seconds: took } = received.value;
  return took > 0 ? Math.round((bytes * 8) / took / 1e4) / 100 : null;
}

import { randomBytes } from "node:crypto";
import { addFinding, type Pairs, pairKey } from "./findings.ts";
import type { Probe } from "./probe/session.ts";
import { measureThroughput } from "./throughput.ts";

/** So many hosts broadcast at a time: what a socket's buffer holds of it with room to spare. */
const BROADCASTS = 64;
/** A broadcast is a datagram and may get lost once; one that comes twice is never excused. */
const TRIES = 3;

export interface Survey {
  readonly pairs: Pairs;
  /** Probes that stopped answering on the way, and why. */
  readonly lost: ReadonlyMap<Probe, unknown>;
}

export interface SurveyOptions {
  /** Also measure throughput, so many seconds a pair. */
  readonly throughputSeconds?: number | undefined;
  /** Called as each part begins, with what it is for a person. */
  readonly onPart?: (text: string) => void;
}

/**
 * Tests the way from every probe to every other: echoes and their largest size, all hosts side by side; then
 * broadcasts; then throughput where asked for. A probe that fails is left out of what follows.
 */
export async function survey(probes: readonly Probe[], options: SurveyOptions = {}): Promise<Survey> {
  const pairs: Pairs = new Map();
  const lost = new Map<Probe, unknown>();
  const left = () => probes.filter((probe) => !lost.has(probe));
  const attempt: Attempt = (probe, task) =>
    task(probe).catch((error) => {
      if (!lost.has(probe)) lost.set(probe, error);
      return undefined;
    });

  options.onPart?.("sending echoes");
  await Promise.all(probes.map((probe) => attempt(probe, () => echo(pairs, probe, probes))));

  options.onPart?.("sending broadcasts");
  for (let first = 0; first < probes.length; first += BROADCASTS) {
    const senders = probes.slice(first, first + BROADCASTS).filter((probe) => !lost.has(probe));
    await broadcast(pairs, senders, left, attempt);
  }

  if (options.throughputSeconds !== undefined) {
    options.onPart?.("measuring throughput");
    await measureThroughput(pairs, left(), options.throughputSeconds, attempt);
  }
  return { pairs, lost };
}

/** Has a probe do something; undefined where it fails, and then it is lost. */
export type Attempt = <T>(probe: Probe, task: (probe: Probe) => Promise<T>) => Promise<T | undefined>;

async function echo(pairs: Pairs, probe: Probe, probes: readonly Probe[]) {
  const others = probes.filter((other) => other !== probe);
  if (others.length === 0) return;
  const reached = await probe.reach(
    probe.mtu,
    others.map(({ address }) => address),
  );
  for (const other of others) {
    const reach = reached.get(other.address);
    if (reach) addFinding(pairs, probe.host, other.host, { reach });
  }
}

/** Each of the senders broadcasts, and all others count; again for those that somebody did not hear. */
async function broadcast(
  pairs: Pairs,
  senders: readonly Probe[],
  left: () => readonly Probe[],
  attempt: Attempt,
) {
  let open = senders;
  for (let tries = 0; tries < TRIES && open.length > 0; tries += 1) {
    const tokens = new Map(open.map((probe) => [probe, randomBytes(8).toString("hex")]));
    await Promise.all(open.map((probe) => attempt(probe, () => probe.shout(tokens.get(probe)!))));
    const sent = left().filter((probe) => tokens.has(probe));
    const unheard = new Set<Probe>();
    await Promise.all(
      left().map(async (probe) => {
        const others = sent.filter((other) => other !== probe);
        if (others.length === 0) return;
        const heard = await attempt(probe, () => probe.hear(others.map((other) => tokens.get(other)!)));
        for (const other of others) {
          if (!heard) continue;
          const copies = heard.get(tokens.get(other)!) ?? 0;
          const known = pairs.get(pairKey(other.host, probe.host));
          addFinding(pairs, other.host, probe.host, { copies: Math.max(known?.copies ?? 0, copies) });
          // Where no echo came through either, another try would only take its time.
          if (copies === 0 && known?.reach?.received !== 0) unheard.add(other);
        }
      }),
    );
    open = left().filter((probe) => unheard.has(probe));
  }
}

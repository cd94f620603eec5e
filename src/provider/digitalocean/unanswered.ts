import { InputError, messageOf } from "../../errors.ts";
import { parseInventory } from "./inventory.ts";
import type { Journal } from "./ledger.ts";
import type { Droplet } from "./schema.ts";
import { hostIdOf } from "./survey.ts";
import type { Work } from "./work.ts";

/** A droplet that was asked for and that no answer has named: it may still come. Times in milliseconds since the epoch. */
export interface Unanswered {
  /** Nothing where what was asked for cannot be read any more. */
  readonly name: string | undefined;
  readonly asked: number;
  /** From when on it counts as not made. */
  readonly until: number;
}

/** How far this machine's clock may be ahead of the API's, in milliseconds. */
const SKEW_MS = 60_000;

/**
 * The droplets that a run on this machine asked for and had not seen when it was ended. What is written down only
 * says how long to look for them: what is removed goes by tags as ever.
 */
export async function unansweredOf(
  cluster: string,
  journal: Journal | undefined,
  work: Work,
): Promise<Unanswered[]> {
  const now = work.clock.now();
  const from = (asked: number) => ({ asked, until: asked + work.waits.settleMs });
  try {
    const text = await journal?.read();
    if (!journal || text === undefined) return [];
    const made = parseInventory(text, journal.file);
    if (made.cluster !== cluster) {
      throw new InputError(`${journal.file}: expected cluster ${cluster}, found another's`);
    }
    const open = made.droplets.filter(({ id, name }) => id === undefined && hostIdOf(cluster, name));
    // A time that is not over yet is no reason to wait longer than for what is asked for now.
    return open.map(({ name, asked }) => ({
      name,
      ...from(asked === undefined ? now : Math.min(now, Date.parse(asked))),
    }));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const text = `${messageOf(error)}; droplets that were asked for last may still come`;
    work.context.reporter.report({ kind: "warning", text });
    return [{ name: undefined, ...from(now) }];
  }
}

/** Those of which a look that began at `at` has not shown what came of them. @param own the droplets it found */
export function stillUnanswered(
  unanswered: readonly Unanswered[],
  own: readonly Droplet[],
  at: number,
): Unanswered[] {
  return unanswered.filter(({ name, asked, until }) => {
    // An older droplet of that name is one that was replaced, and is still listed on its way out.
    const isSeen = own.some(
      (droplet) => droplet.name === name && Date.parse(droplet.created_at) >= asked - SKEW_MS,
    );
    return !isSeen && at < until;
  });
}

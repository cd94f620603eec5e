import type { Context } from "../../steps/context.ts";
import type { Api } from "./api.ts";
import type { Clock } from "./clock.ts";

/** Everything one call of the provider works with. */
export interface Work {
  readonly api: Api;
  readonly clock: Clock;
  readonly context: Context;
  /** Whose clusters this process makes and removes: `owner/repository` or `shell/user`. */
  readonly owner: string;
  readonly waits: Waits;
}

/** How long is waited for what, in milliseconds. */
export interface Waits {
  /** Between two looks at all droplets of a cluster. */
  readonly pollMs: number;
  /** For one answer of the API. */
  readonly answerMs: number;
  /** Until a droplet whose create call was not answered counts as not made. */
  readonly settleMs: number;
  readonly activeMs: number;
  readonly sshdMs: number;
  readonly hostKeyMs: number;
  /** Until cloud-init is done. */
  readonly bootMs: number;
  /** From then until nobody holds a package lock. */
  readonly locksMs: number;
  /** Until a deleted droplet is no longer listed. */
  readonly goneMs: number;
}

export const defaultWaits: Waits = {
  pollMs: 5_000,
  answerMs: 30_000,
  settleMs: 30_000,
  activeMs: 300_000,
  sshdMs: 180_000,
  hostKeyMs: 60_000,
  bootMs: 600_000,
  locksMs: 300_000,
  goneMs: 180_000,
};

/** Whole seconds since `began`, as progress shows them: `42 s`. */
export function elapsed(clock: Clock, began: number): string {
  return `${Math.round((clock.now() - began) / 1_000)} s`;
}

/** Highest host id: `gre-65535-65535` is exactly the 15 characters Linux allows an interface's name. */
export const MAX_HOST_ID = 65_535;

/** What becomes of a cluster's host ids when its size changes. All ascending. */
export interface IdPlan {
  readonly keep: readonly number[];
  readonly add: readonly number[];
  readonly remove: readonly number[];
}

/**
 * Which hosts to add and remove so that `count` are there. Those that stay keep their ids; new ones get the
 * lowest free ids, and the highest go first.
 *
 * @param existing ids of the hosts that are there now, in any order.
 */
export function planIds(existing: readonly number[], count: number): IdPlan {
  const present = [...new Set(existing)].sort((a, b) => a - b);
  const keep = present.slice(0, count);
  const taken = new Set(keep);
  const add: number[] = [];
  for (let id = 1; keep.length + add.length < count; id++) {
    if (!taken.has(id)) add.push(id);
  }
  return { keep, add, remove: present.slice(count) };
}

/** The name of a host that was given none. */
export function defaultHostName(id: number): string {
  return `host${id}`;
}

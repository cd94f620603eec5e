import { type DropletSpec, NAMES_PER_CREATE } from "./api.ts";
import { ApiError } from "./api-error.ts";
import { interrupted } from "./http.ts";
import type { Ledger } from "./ledger.ts";
import { dropletName, survey } from "./survey.ts";
import { clusterTag, goesWith } from "./tags.ts";
import type { Work } from "./work.ts";

/** Calls for one batch of droplets, of which all but the last had no effect that could be found. */
const TRIES = 3;

/**
 * Asks for the droplets of these hosts, in as few calls as the API allows.
 *
 * A call that is not answered may have been done. It is never just made again: the droplets are looked for by
 * tag, and only those that have not shown up after a while are asked for once more.
 *
 * @param ledger is told of each call before it is made, and of each droplet that was.
 * @throws ApiError where the API refuses; the droplets of earlier calls are then there.
 */
export async function createDroplets(
  cluster: string,
  ids: readonly number[],
  spec: DropletSpec,
  ledger: Ledger,
  work: Work,
): Promise<void> {
  for (let from = 0; from < ids.length; from += NAMES_PER_CREATE) {
    await createBatch(cluster, ids.slice(from, from + NAMES_PER_CREATE), spec, ledger, work);
  }
}

async function createBatch(
  cluster: string,
  ids: readonly number[],
  spec: DropletSpec,
  ledger: Ledger,
  work: Work,
): Promise<void> {
  let missing = ids;
  for (let tries = 1; missing.length > 0; tries += 1) {
    if (work.context.signal.aborted) throw interrupted();
    const names = missing.map((id) => dropletName(cluster, id));
    await ledger.note({
      asked: { names, at: work.clock.now() },
      tags: spec.tags.filter((tag) => goesWith(tag, cluster)),
    });
    try {
      const droplets = await work.api.createDroplets(names, spec);
      return await ledger.note({ droplets });
    } catch (error) {
      if (error instanceof ApiError && error.effect === "none") ledger.refused(names);
      if (!(error instanceof ApiError) || error.effect === "none" || tries === TRIES) throw error;
      work.context.reporter.report({ kind: "warning", text: `${error.message}; looking for what it made` });
      missing = await notThere(cluster, missing, ledger, work);
    }
  }
}

/** Those of the hosts that have no droplet, after those asked for have had time to show up. */
async function notThere(
  cluster: string,
  ids: readonly number[],
  ledger: Ledger,
  work: Work,
): Promise<number[]> {
  const { api, clock, waits, context } = work;
  const began = clock.now();
  for (;;) {
    const { hosts } = survey(cluster, work.owner, await api.droplets(clusterTag(cluster)));
    await ledger.note({ droplets: [...hosts.values()] });
    const missing = ids.filter((id) => !hosts.has(id));
    if (missing.length === 0 || clock.now() - began >= waits.settleMs) return missing;
    await clock.sleep(waits.pollMs, context.signal);
  }
}

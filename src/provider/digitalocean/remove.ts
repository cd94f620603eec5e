import pLimit from "p-limit";
import { ApiError } from "./api-error.ts";
import type { Droplet } from "./schema.ts";
import { describeDroplet } from "./survey.ts";
import type { Work } from "./work.ts";

/** Delete calls at a time: within the API's 250 requests a minute for every cluster of a size seen yet. */
const AT_ONCE = 4;

/**
 * Deletes droplets one by one, by id: a call that deletes by tag would also take what somebody else gave
 * our tag to.
 *
 * @param gone gets the ids of those that are deleted.
 * @returns why each of the others cannot be deleted yet: the API refuses while it is at work on a droplet.
 */
export async function tryDelete(
  droplets: readonly Droplet[],
  gone: Set<number>,
  work: Work,
): Promise<string[]> {
  const limit = pLimit(AT_ONCE);
  const outcomes = droplets.map((droplet) =>
    limit(async () => {
      try {
        await work.api.deleteDroplet(droplet.id);
        gone.add(droplet.id);
        return undefined;
      } catch (error) {
        if (error instanceof ApiError && error.status === 422)
          return `${describeDroplet(droplet)}: ${error.message}`;
        throw error;
      }
    }),
  );
  return (await Promise.all(outcomes)).filter((reason) => reason !== undefined);
}

/** Deletes droplets that a cluster should not have, and says so. Those that cannot be deleted yet stay for the next look. */
export async function deleteDroplets(
  droplets: readonly Droplet[],
  why: string,
  gone: Set<number>,
  work: Work,
): Promise<void> {
  const refusals = await tryDelete(droplets, gone, work);
  const { reporter } = work.context;
  for (const droplet of droplets) {
    if (gone.has(droplet.id))
      reporter.report({ kind: "note", text: `removed ${describeDroplet(droplet)}: ${why}` });
  }
  for (const refusal of refusals) reporter.report({ kind: "warning", text: `not removed yet: ${refusal}` });
}

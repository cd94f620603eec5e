import type { Removal } from "../provider.ts";
import { destroyCluster } from "./destroy.ts";
import type { Droplet } from "./schema.ts";
import { describeDroplet, expiryOf } from "./survey.ts";
import { ownerTag, ROOT_TAG, readTags } from "./tags.ts";
import type { Work } from "./work.ts";

/**
 * Removes every cluster of this owner whose time is over. When that is stands in the tags of the droplets.
 *
 * @param spare a cluster to leave alone: the one that is about to be used.
 * @param dryRun only say what would be removed.
 * @returns what was (or would be) removed, and what was left and why.
 */
export async function reap(work: Work, dryRun: boolean, spare?: string): Promise<Removal> {
  const removed: string[] = [];
  const left: string[] = [];
  const own: Droplet[] = [];
  for (const droplet of await work.api.droplets(ROOT_TAG)) {
    const { ours, owner, cluster } = readTags(droplet.tags);
    if (!ours || cluster === undefined) left.push(`${describeDroplet(droplet)}: it has no cluster's tag`);
    else if (owner !== ownerTag(work.owner)) left.push(`${describeDroplet(droplet)}: it is another owner's`);
    else own.push(droplet);
  }
  // One cluster's removal takes a while, in which another may be used again: each is judged as it then is.
  const whyLeft = (droplets: readonly Droplet[]) => whyNot(droplets, work.clock.now());
  for (const [cluster, droplets] of byCluster(own)) {
    const reason = cluster === spare ? "it is in use" : whyLeft(droplets);
    if (reason !== undefined) left.push(`cluster ${cluster}: ${reason}`);
    else if (dryRun) removed.push(...droplets.map(describeDroplet));
    else {
      const removal = await destroyCluster(cluster, work, { whyLeft });
      removed.push(...removal.removed);
      left.push(...removal.left);
    }
  }
  return { removed, left };
}

function byCluster(droplets: readonly Droplet[]): Map<string, Droplet[]> {
  const clusters = new Map<string, Droplet[]>();
  for (const droplet of droplets) {
    const cluster = readTags(droplet.tags).cluster!;
    clusters.set(cluster, [...(clusters.get(cluster) ?? []), droplet]);
  }
  return clusters;
}

/** Why droplets of a cluster are not to be reaped; nothing where they are. @param now milliseconds since the epoch */
function whyNot(droplets: readonly Droplet[], now: number): string | undefined {
  if (droplets.length === 0) return "its droplets are gone already";
  const expires = expiryOf(droplets);
  if (expires === undefined) return "it never expires";
  if (expires * 1_000 > now) return `it expires at ${new Date(expires * 1_000).toISOString()}`;
  return undefined;
}

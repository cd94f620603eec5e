import type { Removal } from "../provider.ts";
import { destroyCluster } from "./destroy.ts";
import type { Droplet } from "./schema.ts";
import { describeDroplet, expiryOf } from "./survey.ts";
import { ownerTag, ROOT_TAG, readTags } from "./tags.ts";
import type { Work } from "./work.ts";

interface Found {
  readonly cluster: string;
  readonly droplets: readonly Droplet[];
  /** The latest of its droplets' expiries, in seconds since the Unix epoch. */
  readonly expires: number | undefined;
}

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
  for (const found of clustersIn(own)) {
    const reason = found.cluster === spare ? "it is in use" : whyNot(found, work.clock.now());
    if (reason !== undefined) left.push(`cluster ${found.cluster}: ${reason}`);
    else if (dryRun) removed.push(...found.droplets.map(describeDroplet));
    else {
      const removal = await destroyCluster(found.cluster, work);
      removed.push(...removal.removed);
      left.push(...removal.left);
    }
  }
  return { removed, left };
}

function clustersIn(droplets: readonly Droplet[]): Found[] {
  const byCluster = new Map<string, Droplet[]>();
  for (const droplet of droplets) {
    const cluster = readTags(droplet.tags).cluster!;
    byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), droplet]);
  }
  return [...byCluster].map(([cluster, members]) => ({
    cluster,
    droplets: members,
    expires: expiryOf(members),
  }));
}

/** Why a cluster is not to be reaped; nothing where it is. */
function whyNot({ expires }: Found, now: number): string | undefined {
  if (expires === undefined) return "it never expires";
  if (expires * 1_000 > now) return `it expires at ${new Date(expires * 1_000).toISOString()}`;
  return undefined;
}

import type { Droplet } from "./schema.ts";
import { expiryOf } from "./survey.ts";
import { expiryTag, isExpiryOf } from "./tags.ts";
import type { Work } from "./work.ts";

/** A cluster's time is renewed when less than this part of it is left, so that a second run at once writes nothing. */
const RENEW_BELOW = 0.9;

/**
 * Gives a cluster that is used again its whole time again. The new tag is there before the old one goes, and
 * the latest counts: killed in between, the cluster lives longer, never shorter.
 *
 * @param ttl seconds; nothing for ever.
 */
export async function renewExpiry(
  cluster: string,
  droplets: readonly Droplet[],
  ttl: number | undefined,
  work: Work,
): Promise<void> {
  const now = Math.floor(work.clock.now() / 1_000);
  const expires = expiryOf(droplets);
  const old = new Set(droplets.flatMap(({ tags }) => tags.filter((tag) => isExpiryOf(tag, cluster))));
  if (ttl === undefined) {
    for (const tag of old) await work.api.deleteTag(tag);
    return;
  }
  if (expires !== undefined && expires - now >= ttl * RENEW_BELOW) return;
  const tag = expiryTag(cluster, now + ttl);
  await work.api.createTag(tag);
  await work.api.tagDroplets(
    tag,
    droplets.map(({ id }) => id),
  );
  old.delete(tag);
  for (const outdated of old) await work.api.deleteTag(outdated);
}

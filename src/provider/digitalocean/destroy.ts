import { Failure } from "../../errors.ts";
import type { Removal } from "../provider.ts";
import { ApiError } from "./api-error.ts";
import { isOurFirewall } from "./firewall.ts";
import { tryDelete } from "./remove.ts";
import type { Droplet } from "./schema.ts";
import { describeDroplet, ownOf, survey } from "./survey.ts";
import { clusterTag, goesWith, readTags } from "./tags.ts";
import { stillUnanswered, type Unanswered } from "./unanswered.ts";
import { elapsed, type Work } from "./work.ts";

/** Milliseconds from the first look to the second. A droplet is often gone at once, so the wait grows from here. */
const FIRST_WAIT_MS = 500;

interface Terms {
  /** Droplets that may still come: what was made is not gone before it is known what came of them. */
  readonly unanswered?: readonly Unanswered[];
  /** Asked just before droplets are deleted: why they, and with them all the rest, are to be left after all. */
  readonly whyLeft?: (droplets: readonly Droplet[]) => string | undefined;
}

interface Outcome {
  readonly removed: string[];
  /** What it left, and why: then what goes with the last of the droplets stays too. */
  readonly left: readonly string[];
}

/**
 * Removes what is this owner's of a cluster: droplets, and when they are gone firewall and tags. Everything
 * is found by tag; nothing needs to be remembered from when it was made.
 */
export async function destroyCluster(cluster: string, work: Work, terms: Terms = {}): Promise<Removal> {
  const { removed, left: kept } = await destroyDroplets(cluster, work, terms);
  if (kept.length > 0) return { removed, left: kept };

  for (const firewall of await work.api.firewalls()) {
    if (isOurFirewall(firewall, cluster) && (await work.api.deleteFirewall(firewall.id))) {
      removed.push(`firewall ${firewall.name}`);
    }
  }
  const left: string[] = [];
  for (const tag of await work.api.tags()) {
    if (!goesWith(tag, cluster)) continue;
    const refused = await deleteTag(tag, work);
    if (refused) left.push(`tag ${tag}: ${refused}`);
    else removed.push(`tag ${tag}`);
  }
  return { removed, left };
}

async function destroyDroplets(
  cluster: string,
  work: Work,
  { unanswered = [], whyLeft }: Terms,
): Promise<Outcome> {
  const { api, clock, context, waits } = work;
  const began = clock.now();
  const gone = new Set<number>();
  const removed: string[] = [];
  let awaited = unanswered;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
    const at = clock.now();
    const found = survey(cluster, work.owner, await api.droplets(clusterTag(cluster)));
    const own = ownOf(found);
    const deleted = own.filter(({ id }) => !gone.has(id));
    const reason = deleted.length > 0 || gone.size === 0 ? whyLeft?.(deleted) : undefined;
    if (reason !== undefined) return { removed, left: [`cluster ${cluster}: ${reason}`] };
    awaited = stillUnanswered(awaited, own, at);
    // Another owner's cluster of the same name lives by the same tag.
    if (own.length === 0 && awaited.length === 0) return { removed, left: found.foreign.map(inWords) };
    const refusals = await tryDelete(deleted, gone, work);
    removed.push(...deleted.filter(({ id }) => gone.has(id)).map(describeDroplet));
    if (own.length > 0 && clock.now() - began >= waits.goneMs) {
      throw new Failure(
        `not gone after ${elapsed(clock, began)}: ${[...refusals, ...own.map(describeDroplet)].slice(0, 20).join(", ")}`,
        "run teardown again",
      );
    }
    for (const { name } of own) {
      context.reporter.report({
        kind: "doing",
        host: name,
        text: `waiting for ${name} to be gone: ${elapsed(clock, began)}`,
      });
    }
    for (const { name = cluster } of awaited) {
      const text = `waiting for what was asked for and not seen: ${elapsed(clock, began)}`;
      context.reporter.report({ kind: "doing", host: name, text });
    }
    await clock.sleep(Math.min(waitMs, waits.pollMs), context.signal);
  }
}

/** A droplet that is not ours, and why. */
function inWords(droplet: Droplet): string {
  const { ours, owner } = readTags(droplet.tags);
  const why = ours
    ? `its owner is ${owner?.slice("overbridge-owner-".length) ?? "not known"}`
    : "it has the cluster's tag but not 'overbridge'";
  return `${describeDroplet(droplet)}: ${why}`;
}

/** A tag costs nothing, so a token that may not delete tags does not make a teardown fail. */
async function deleteTag(tag: string, work: Work): Promise<string | undefined> {
  try {
    await work.api.deleteTag(tag);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return "the token lacks the scope tag:delete";
    throw error;
  }
}

/**
 * The tags that a cluster's droplets are created with. They are the provider's whole memory: which droplets
 * are a cluster's, whose it is and when it expires is read off them and kept nowhere else.
 *
 * `overbridge` and the owner's tag belong to every cluster of an owner and are never deleted. The others
 * have the cluster's name in them, so they can go with the cluster and take nothing from another.
 */

/** Every droplet that overbridge made has it. */
export const ROOT_TAG = "overbridge";

/** Whether a tag is one that only overbridge may give. The API keeps the case a tag was first written in. */
export function isOurs(tag: string): boolean {
  return /^overbridge($|-)/i.test(tag);
}

export function clusterTag(cluster: string): string {
  return `overbridge-cluster-${cluster}`;
}

/** @param at seconds since the Unix epoch */
export function expiryTag(cluster: string, at: number): string {
  return `overbridge-expires-${cluster}-${at}`;
}

/** Whose clusters are: a repository's or a shell user's. A tag has no `/` and no `.`, so `:` and `::` stand for them. */
export function ownerTag(owner: string): string {
  return `overbridge-owner-${owner.toLowerCase().replaceAll(".", "::").replace("/", ":")}`;
}

/**
 * The owner of what this process makes: the repository whose workflow it runs in, else the user of the shell.
 */
export function ownerOf(env: Readonly<Record<string, string | undefined>>): string {
  const repository = env.GITHUB_REPOSITORY ?? "";
  if (/^[A-Za-z0-9_-]+\/[A-Za-z0-9._-]+$/.test(repository)) return repository.toLowerCase();
  const user = (env.USER ?? env.LOGNAME ?? "").toLowerCase();
  return /^[a-z0-9_-]{1,32}$/.test(user) ? `shell/${user}` : "shell";
}

/** The run that made a droplet, where there is one: for people who look at the account. */
function runTags(cluster: string, env: Readonly<Record<string, string | undefined>>): string[] {
  return /^\d{1,20}$/.test(env.GITHUB_RUN_ID ?? "") ? [`overbridge-run-${cluster}-${env.GITHUB_RUN_ID}`] : [];
}

/** All tags of a new droplet, decided before it is created. `expires` in seconds since the Unix epoch. */
export function tagsFor(
  cluster: string,
  owner: string,
  expires: number | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  return [
    ROOT_TAG,
    clusterTag(cluster),
    ownerTag(owner),
    ...(expires === undefined ? [] : [expiryTag(cluster, expires)]),
    ...runTags(cluster, env),
  ];
}

/** What a droplet's tags say of it. */
export interface Reading {
  /** Whether it is overbridge's at all. */
  readonly ours: boolean;
  readonly cluster: string | undefined;
  /** The owner's tag. */
  readonly owner: string | undefined;
  /** The latest expiry of several, in seconds since the Unix epoch. */
  readonly expires: number | undefined;
}

export function readTags(tags: readonly string[]): Reading {
  const lower = tags.map((tag) => tag.toLowerCase());
  const cluster = lower
    .find((tag) => tag.startsWith("overbridge-cluster-"))
    ?.slice("overbridge-cluster-".length);
  const expiries = cluster === undefined ? [] : lower.flatMap((tag) => expiryIn(tag, cluster));
  return {
    ours: lower.includes(ROOT_TAG),
    cluster,
    owner: lower.find((tag) => tag.startsWith("overbridge-owner-")),
    expires: expiries.length === 0 ? undefined : Math.max(...expiries),
  };
}

function expiryIn(tag: string, cluster: string): number[] {
  const prefix = `overbridge-expires-${cluster}-`;
  const rest = tag.startsWith(prefix) ? tag.slice(prefix.length) : "";
  return /^\d{1,11}$/.test(rest) ? [Number(rest)] : [];
}

/** Whether a tag says when this cluster expires. */
export function isExpiryOf(tag: string, cluster: string): boolean {
  return expiryIn(tag.toLowerCase(), cluster).length > 0;
}

/** Whether a tag is this cluster's alone, and so goes with it. */
export function goesWith(tag: string, cluster: string): boolean {
  const lower = tag.toLowerCase();
  const run = `overbridge-run-${cluster}-`;
  const isRun = lower.startsWith(run) && /^\d+$/.test(lower.slice(run.length));
  return lower === clusterTag(cluster) || isExpiryOf(lower, cluster) || isRun;
}

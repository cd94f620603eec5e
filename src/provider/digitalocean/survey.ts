import { MAX_HOST_ID } from "../../cluster/host-list.ts";
import type { Droplet } from "./schema.ts";
import { ownerTag, readTags } from "./tags.ts";

/** The droplets that have a cluster's tag, sorted by what they are to this process. */
export interface Survey {
  /** The droplet of each host, by host id. */
  readonly hosts: ReadonlyMap<number, Droplet>;
  /** Further droplets of a host that has one already: two processes, or a lost answer, made it twice. */
  readonly surplus: readonly Droplet[];
  /** Ours, but named like none of the cluster's hosts: renamed by somebody. */
  readonly strays: readonly Droplet[];
  /** Another owner's, or tagged by somebody else: never touched. */
  readonly foreign: readonly Droplet[];
}

/** One create call has one set of tags for up to ten droplets, so a host's id travels in the droplet's name. */
export function dropletName(cluster: string, id: number): string {
  return `${cluster}-host${id}`;
}

/** The id of the host that a droplet of this name is for; nothing where it is none of the cluster's. */
export function hostIdOf(cluster: string, name: string): number | undefined {
  const prefix = `${cluster}-host`;
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  const id = /^[1-9]\d{0,4}$/.test(rest) ? Number(rest) : undefined;
  return id !== undefined && id <= MAX_HOST_ID ? id : undefined;
}

/** Whether a droplet is the owner's and of this cluster, by its tags alone. */
function isOwn(cluster: string, owner: string, droplet: Droplet): boolean {
  const reading = readTags(droplet.tags);
  return reading.ours && reading.cluster === cluster && reading.owner === ownerTag(owner);
}

/** Of two droplets for one host the first made stays, whichever process looks. */
export function survey(cluster: string, owner: string, droplets: readonly Droplet[]): Survey {
  const hosts = new Map<number, Droplet>();
  const [surplus, strays, foreign]: [Droplet[], Droplet[], Droplet[]] = [[], [], []];
  for (const droplet of droplets.toSorted((a, b) => a.id - b.id)) {
    const id = hostIdOf(cluster, droplet.name);
    if (!isOwn(cluster, owner, droplet)) foreign.push(droplet);
    else if (id === undefined) strays.push(droplet);
    else if (hosts.has(id)) surplus.push(droplet);
    else hosts.set(id, droplet);
  }
  return { hosts, surplus, strays, foreign };
}

/** The droplets of a survey that are ours, whatever they are named. */
export function ownOf({ hosts, surplus, strays }: Survey): Droplet[] {
  return [...hosts.values(), ...surplus, ...strays];
}

/** The clusters that droplets of this owner belong to, each once. */
export function clustersOf(owner: string, droplets: readonly Droplet[]): string[] {
  const names = droplets.flatMap(({ tags }) => {
    const { ours, owner: found, cluster } = readTags(tags);
    return ours && found === ownerTag(owner) && cluster !== undefined ? [cluster] : [];
  });
  return [...new Set(names)].toSorted();
}

/** Words for a droplet, from which it can be found in the account. */
export function describeDroplet({ id, name }: Pick<Droplet, "id" | "name">): string {
  return `droplet ${name.replace(/[^\x21-\x7e]/g, "?")} (${id})`;
}

/** When a cluster expires: the latest its droplets say, in seconds since the Unix epoch; nothing where none does. */
export function expiryOf(droplets: readonly Droplet[]): number | undefined {
  const expiries = droplets.flatMap(({ tags }) => readTags(tags).expires ?? []);
  return expiries.length === 0 ? undefined : Math.max(...expiries);
}

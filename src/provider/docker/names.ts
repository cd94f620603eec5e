/** The names and labels of all that this provider makes, decided before anything is made. */

/** What a thing is: `host`, `network`, `probe`, `helper`, `host-image`, `base`. */
export const ROLE_LABEL = "overbridge.role";
export const CLUSTER_LABEL = "overbridge.cluster";
export const HOST_ID_LABEL = "overbridge.host-id";
export const HOST_NAME_LABEL = "overbridge.host-name";
/** Digest of the keys that a host was made with: with others it could not be reached, or not be believed. */
export const KEYS_LABEL = "overbridge.keys";

export type Labels = Readonly<Record<string, string>>;

export function networkName(cluster: string): string {
  return `overbridge-${cluster}`;
}

export function containerName(cluster: string, host: string): string {
  return `overbridge-${cluster}-${host}`;
}

/** Labels as `docker create` takes them. */
export function labelOptions(labels: Labels): string[] {
  return Object.entries(labels).flatMap(([label, value]) => ["--label", `${label}=${value}`]);
}

/** Labels as `docker ls` filters by them. */
export function labelFilters(labels: Labels): string[] {
  return Object.entries(labels).flatMap(([label, value]) => ["--filter", `label=${label}=${value}`]);
}

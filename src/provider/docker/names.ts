/** The names and labels of all that this provider makes, decided before anything is made. */

/** What a thing is: `host`, `network`, `host-image`, `base`. */
export const ROLE_LABEL = "overbridge.role";
export const CLUSTER_LABEL = "overbridge.cluster";
export const HOST_ID_LABEL = "overbridge.host-id";
export const HOST_NAME_LABEL = "overbridge.host-name";
/** Digest of the keys that a host was made with: one made with others cannot be used. */
export const KEYS_LABEL = "overbridge.keys";

export function networkName(cluster: string): string {
  return `overbridge-${cluster}`;
}

export function containerName(cluster: string, host: string): string {
  return `overbridge-${cluster}-${host}`;
}

import type { ServerHostKeyAlgorithm } from "ssh2";

const algorithmsOf = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  // Never `ssh-rsa`, the same key signing with SHA-1.
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
} as const satisfies Record<string, readonly ServerHostKeyAlgorithm[]>;

export type HostKeyType = keyof typeof algorithmsOf;

/** The types of host key that can be pinned, the most preferred first. */
export const hostKeyTypes = Object.keys(algorithmsOf) as HostKeyType[];

export function isHostKeyType(text: string): text is HostKeyType {
  return Object.hasOwn(algorithmsOf, text);
}

/** The algorithms by which a host proves keys of these types, in their order. */
export function hostKeyAlgorithms(types: readonly HostKeyType[]): ServerHostKeyAlgorithm[] {
  return types.flatMap((type) => [...algorithmsOf[type]]);
}

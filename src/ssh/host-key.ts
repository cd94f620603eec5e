import { createHash } from "node:crypto";
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

/** `SHA256:` and 43 characters: a fingerprint without its key's type. */
export const fingerprintPattern = /^SHA256:[A-Za-z0-9+/]{43}$/;

/**
 * `TYPE SHA256:…` of a public key in SSH's wire format (RFC 4253, 6.6), as `ssh-keygen -lf` computes it.
 *
 * @returns undefined where it is no key in that format.
 */
export function fingerprintOf(key: Buffer): string | undefined {
  const type = typeOf(key);
  if (type === undefined) return undefined;
  return `${type} SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** A wire format key starts with its type, as a string with a length of four bytes before it. */
function typeOf(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  if (length > 64 || key.length <= 4 + length) return undefined;
  const type = key.toString("latin1", 4, 4 + length);
  return /^[a-z0-9@.-]+$/.test(type) ? type : undefined;
}

import { createPrivateKey, createPublicKey } from "node:crypto";
import { fingerprintOf } from "./fingerprint.ts";
import { privateKeyText, publicKeyLine } from "./openssh-key.ts";
import type { ClusterSecret } from "./secret.ts";
import { pairOf } from "./tunnel.ts";

/** An ed25519 SSH key. */
export interface KeyPair {
  /** OpenSSH private key format, PEM, not encrypted. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…` without a comment. */
  readonly publicKey: string;
  /** `ssh-ed25519 SHA256:…` */
  readonly fingerprint: string;
}

/** What stands before an ed25519 seed in PKCS#8, the only form node:crypto takes one in (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** The SSH key with this 32-byte seed; the same seed gives the same bytes. */
export function keyPairOf(seed: Buffer): KeyPair {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  // The key itself is the last 32 bytes of the 44 of its SubjectPublicKeyInfo.
  const publicBytes = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32);
  const publicKey = publicKeyLine(publicBytes);
  return { privateKey: privateKeyText(seed, publicBytes), publicKey, fingerprint: fingerprintOf(publicKey) };
}

/** The key that overbridge logs in to a cluster's hosts with. */
export function deriveClientKey(secret: ClusterSecret, cluster: string): KeyPair {
  return keyPairOf(secret.derive("ssh client key", cluster));
}

/** The SSH host key that one host of a cluster shows. */
export function deriveHostKey(secret: ClusterSecret, cluster: string, hostId: number): KeyPair {
  return keyPairOf(secret.derive("ssh host key", cluster, hostId));
}

/**
 * The SSH host key that every new host shows until it is given its own, where a provider can start hosts only
 * all alike.
 */
export function deriveBootstrapHostKey(secret: ClusterSecret, cluster: string): KeyPair {
  return keyPairOf(secret.derive("ssh bootstrap host key", cluster));
}

/**
 * The pre-shared key of the tunnel between two hosts, the same whichever comes first. In hex: IPsec's
 * configuration files read a text that begins with 0x or 0s as an encoding.
 */
export function deriveTunnelSecret(secret: ClusterSecret, cluster: string, a: number, b: number): string {
  return secret.derive("tunnel secret", cluster, ...pairOf(a, b)).toString("hex");
}

import { hkdfSync } from "node:crypto";
import { InputError } from "../errors.ts";

/** Bytes of a cluster secret. */
const SECRET_BYTES = 32;

/**
 * The one secret of a cluster, from which all its keys are derived. Printing or serialising it shows nothing:
 * the bytes are private, and what leaves is derived.
 */
export class ClusterSecret {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    if (bytes.length !== SECRET_BYTES) throw new RangeError(`a cluster secret has ${SECRET_BYTES} bytes`);
    this.#bytes = Uint8Array.from(bytes);
  }

  /**
   * 32 bytes for one use (HKDF-SHA256, RFC 5869). Uses that differ in any part of their label have keys that
   * tell nothing about each other.
   */
  derive(...label: readonly (string | number)[]): Buffer {
    // A list in JSON has one reading only, so no two labels become the same text.
    return Buffer.from(hkdfSync("sha256", this.#bytes, "overbridge v1", JSON.stringify(label), 32));
  }
}

/**
 * Reads a cluster secret: 32 bytes as 64 hex digits or in base64 or base64url, as `openssl rand` prints them.
 *
 * @param source what to call it in an error.
 * @throws InputError, which never shows the text.
 */
export function parseSecret(text: string, source: string): ClusterSecret {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return new ClusterSecret(Buffer.from(trimmed, "hex"));
  if (/^([\w-]{43}|[A-Za-z0-9+/]{43})=?$/.test(trimmed))
    return new ClusterSecret(Buffer.from(trimmed, "base64"));
  throw new InputError(
    `${source}: expected 32 bytes as 64 hex digits or 43 characters of base64url, found ${trimmed.length} characters that are neither`,
    "make one with: openssl rand -hex 32",
  );
}

/**
 * A new cluster secret, as text that {@link parseSecret} reads (base64url).
 *
 * @param randomBytes a cryptographic source of randomness, `randomBytes` of node:crypto.
 */
export function newSecret(randomBytes: (size: number) => Uint8Array): string {
  return Buffer.from(randomBytes(SECRET_BYTES)).toString("base64url");
}

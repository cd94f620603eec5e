import { createHash } from "node:crypto";
import { wireString, wireUint32 } from "./ssh-wire.ts";

const TYPE = "ssh-ed25519";
/** The private section is padded to the cipher's block size, 8 for none. */
const BLOCK_BYTES = 8;
const LINES = /.{1,70}/g;

/** An ed25519 public key as SSH sends it: its type and its 32 bytes (RFC 8709). */
function publicKeyBlob(publicKey: Uint8Array): Buffer {
  return Buffer.concat([wireString(TYPE), wireString(publicKey)]);
}

/** An ed25519 public key as one line, without a comment: `ssh-ed25519 AAAA…`. */
export function publicKeyLine(publicKey: Uint8Array): string {
  return `${TYPE} ${publicKeyBlob(publicKey).toString("base64")}`;
}

/**
 * An ed25519 private key in OpenSSH's own format, not encrypted, which sshd and ssh2 read where PKCS#8 is
 * refused. The format is PROTOCOL.key in OpenSSH's source; it stores the seed followed by the public key.
 *
 * @param seed the 32 bytes of the private key. @param publicKey the 32 bytes that belong to it.
 */
export function privateKeyText(seed: Uint8Array, publicKey: Uint8Array): string {
  // Two equal numbers tell a reader that it decrypted right. OpenSSH draws them; here the same key has to
  // give the same bytes.
  const check = createHash("sha256").update(publicKey).digest().readUInt32BE(0);
  const fields = Buffer.concat([
    wireUint32(check),
    wireUint32(check),
    wireString(TYPE),
    wireString(publicKey),
    wireString(Buffer.concat([seed, publicKey])),
    wireString(""),
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, -fields.length & (BLOCK_BYTES - 1));
  const document = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    wireString("none"),
    wireString("none"),
    wireString(""),
    wireUint32(1),
    wireString(publicKeyBlob(publicKey)),
    wireString(Buffer.concat([fields, padding])),
  ]);
  const lines = document.toString("base64").match(LINES) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

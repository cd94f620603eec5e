import { createHash } from "node:crypto";
import { InputError } from "../errors.ts";
import { firstWireString } from "./ssh-wire.ts";

/** What a host list can hold as a key's type. */
const TYPE = /^[a-z0-9@.-]{1,64}$/;

function malformed(): InputError {
  // What was given is not shown: it may be a private key that was taken for a public one.
  return new InputError("public key: expected 'TYPE BASE64' as in a .pub file, found something else");
}

function blobOf(line: string): { blob: Buffer; type: string | undefined } {
  const [type, base64 = ""] = line.trim().split(/\s+/);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw malformed();
  return { blob: Buffer.from(base64, "base64"), type };
}

/**
 * A public key's type and fingerprint as `ssh-keygen -l` and host lists write it: `ssh-ed25519 SHA256:…`.
 *
 * @param key one line as in a .pub file, or the raw bytes as SSH sends them.
 * @throws InputError where it is no public key.
 */
export function fingerprintOf(key: string | Buffer): string {
  const { blob, type } = typeof key === "string" ? blobOf(key) : { blob: key, type: undefined };
  const found = firstWireString(blob);
  if (found === undefined || !TYPE.test(found) || (type !== undefined && type !== found)) throw malformed();
  return `${found} SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

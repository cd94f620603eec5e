import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import ssh2 from "ssh2";
import { keyPairOf } from "../cluster/keys.ts";
import { InputError } from "../errors.ts";
import type { Identity } from "./connection.ts";

export interface IdentitySources {
  /** Paths of private keys the user named. */
  readonly keyFiles?: readonly string[];
  /** Private keys in OpenSSH format that are known already, e.g. derived from the cluster secret; tried first. */
  readonly keys?: readonly string[];
  /** `OVERBRIDGE_SSH_KEY` may hold a private key; an agent is asked last, where `SSH_AUTH_SOCK` names one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A key file has a few KB; more is not read into memory. */
const MAX_KEY_BYTES = 64 * 1024;

/**
 * Brings together all that may prove who we are.
 *
 * @throws InputError naming the key file that cannot be used, or where there is nothing to prove it with.
 */
export async function loadIdentity({
  keyFiles = [],
  keys = [],
  env = {},
}: IdentitySources): Promise<Identity> {
  const given = env.OVERBRIDGE_SSH_KEY ? [usableKey(env.OVERBRIDGE_SSH_KEY, "OVERBRIDGE_SSH_KEY")] : [];
  const privateKeys = [...keys, ...given, ...(await Promise.all(keyFiles.map(readKeyFile)))];
  const agent = env.SSH_AUTH_SOCK || undefined;
  if (privateKeys.length === 0 && agent === undefined) {
    throw new InputError(
      "SSH key: expected a private key's file or an agent, found neither (SSH_AUTH_SOCK is not set)",
      "name a key file, or start ssh-agent and ssh-add a key to it",
    );
  }
  return { privateKeys, ...(agent !== undefined && { agent }) };
}

async function readKeyFile(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new InputError(`SSH key ${path}: cannot be read (${code})`, "check the path and its permissions");
  }
  if (text.length > MAX_KEY_BYTES) throw noKey(path);
  return usableKey(text, path);
}

/** The key in a form ssh2 reads. @throws InputError naming the path; never with a word of what the file holds. */
function usableKey(text: string, path: string): string {
  const pem = text.trim();
  if (/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(pem)) return fromPkcs8(pem, path);
  const key = ssh2.utils.parseKey(pem);
  if (!(key instanceof Error)) {
    if (key.isPrivateKey()) return pem;
    throw new InputError(
      `SSH key ${path}: expected a private key, found a public one`,
      "name the file without .pub",
    );
  }
  if (/passphrase/.test(key.message)) throw encrypted(path);
  throw noKey(path);
}

/** PKCS#8 (`openssl genpkey`) is foreign to ssh2: the same key in a form it knows. */
function fromPkcs8(pem: string, path: string): string {
  if (pem.startsWith("-----BEGIN ENCRYPTED")) throw encrypted(path);
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw noKey(path);
  }
  switch (key.asymmetricKeyType) {
    case "rsa":
      return key.export({ format: "pem", type: "pkcs1" }).toString().trim();
    case "ec":
      return key.export({ format: "pem", type: "sec1" }).toString().trim();
    case "ed25519":
      // The seed is the last 32 bytes of the key's 48 (RFC 8410).
      return keyPairOf(key.export({ format: "der", type: "pkcs8" }).subarray(-32)).privateKey;
    default:
      throw new InputError(
        `SSH key ${path}: expected an ed25519, ECDSA or RSA key, found ${key.asymmetricKeyType}`,
        "make one with: ssh-keygen -t ed25519",
      );
  }
}

function encrypted(path: string): InputError {
  return new InputError(
    `SSH key ${path}: it is encrypted, and nobody is asked for a passphrase`,
    `give it to an agent (ssh-add ${path}) and do not name it, or name a key without a passphrase`,
  );
}

function noKey(path: string): InputError {
  return new InputError(
    `SSH key ${path}: expected a private key, found something else`,
    "ssh-keygen -y -f shows whether it is one",
  );
}

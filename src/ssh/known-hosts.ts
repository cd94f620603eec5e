import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { fingerprintOf } from "../cluster/fingerprint.ts";
import { InputError } from "../errors.ts";
import { type HostKeyType, hostKeyTypes, isHostKeyType } from "./host-key.ts";

/** One line of a known_hosts file that says something about a key; sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export interface KnownHost {
  /** `*.example`, `!bad.example`, `[10.0.0.1]:2222`, or one hashed name `|1|SALT|HASH`. */
  readonly patterns: readonly string[];
  readonly revoked: boolean;
  readonly type: HostKeyType;
  /** `TYPE SHA256:…` */
  readonly fingerprint: string;
}

/** The user's own known_hosts file. */
export function defaultKnownHosts(env: Readonly<Record<string, string | undefined>>): string {
  return path.join(env.HOME || homedir(), ".ssh", "known_hosts");
}

/** Reads a known_hosts file; one that is not there knows no host. @throws InputError where it cannot be read. */
export async function readKnownHosts(file: string): Promise<readonly KnownHost[]> {
  try {
    return parseKnownHosts(await readFile(file, "utf8"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    throw new InputError(`known_hosts ${file}: cannot be read (${code})`);
  }
}

/**
 * The lines of a known_hosts file. As ssh does, it passes over what it cannot read: comments, keys of types
 * it does not know, broken lines. Certificate authorities too: hosts are pinned by their own keys.
 */
export function parseKnownHosts(text: string): readonly KnownHost[] {
  return text.split(/\r?\n/).flatMap((line) => parseLine(line.trim()) ?? []);
}

/**
 * The key to pin for a host, as `TYPE SHA256:…`: of several the one whose type is preferred (ed25519, then
 * ECDSA, then RSA), and the first of these. A key that is revoked, for any host that matches, is none.
 *
 * @param address as it would be given to ssh; a port other than 22 needs a line for `[address]:port`.
 * @returns undefined where the file knows no key of that host.
 */
export function pinnedKey(
  known: readonly KnownHost[],
  { address, port }: { address: string; port: number },
): string | undefined {
  const name = (port === 22 ? address : `[${address}]:${port}`).toLowerCase();
  const lines = known.filter(({ patterns }) => matches(patterns, name));
  const revoked = new Set(lines.filter((line) => line.revoked).map((line) => line.fingerprint));
  const good = lines.filter(({ fingerprint }) => !revoked.has(fingerprint));
  const preference = ({ type }: KnownHost) => hostKeyTypes.indexOf(type);
  return good.sort((a, b) => preference(a) - preference(b))[0]?.fingerprint;
}

function parseLine(line: string): KnownHost | undefined {
  const words = line.split(/\s+/);
  const marker = words[0]?.startsWith("@") ? words.shift() : undefined;
  const [patterns = "", type = "", key = ""] = words;
  if (line.startsWith("#") || (marker !== undefined && marker !== "@revoked") || !isHostKeyType(type))
    return undefined;
  let fingerprint: string;
  try {
    fingerprint = fingerprintOf(`${type} ${key}`);
  } catch {
    return undefined;
  }
  return { patterns: patterns.split(","), revoked: marker === "@revoked", type, fingerprint };
}

/** Whether one of the patterns means this host, and none with a '!' before it does. */
function matches(patterns: readonly string[], name: string): boolean {
  if (patterns.some((pattern) => pattern.startsWith("!") && matchesOne(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && matchesOne(pattern, name));
}

function matchesOne(pattern: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(pattern) ?? [];
  if (salt !== undefined) {
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  }
  return glob(pattern.toLowerCase(), name);
}

/** `*` is any text, `?` any character; written out, as a regular expression of many `*` can take for ever. */
function glob(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let read = 0;
  while (read < text.length) {
    if (at < pattern.length && pattern[at] === "*") {
      star = at++;
      resume = read;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[read])) {
      at += 1;
      read += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      read = resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}

import { InputError } from "../../errors.ts";
import type { Identity, Target } from "../../ssh/connection.ts";
import type { Limits } from "../../ssh/deadline.ts";
import { wrongHostKey } from "../../ssh/explain.ts";
import { endpoint } from "../../ssh/failure.ts";
import { hostKeyTypes } from "../../ssh/host-key.ts";
import { type KnownHost, pinnedKey } from "../../ssh/known-hosts.ts";
import { scanHostKey } from "../../ssh/scan.ts";
import type { AssignedHost } from "./assign.ts";

/** Where a host's key may be known from, besides what the user said and the host list. */
export interface PinSources {
  readonly knownHosts: readonly KnownHost[];
  readonly identity: Identity;
  readonly jump?: Target;
  /** Take the key that a host nobody knows shows first. */
  readonly trustOnFirstUse: boolean;
}

export interface Pin {
  /** `TYPE SHA256:…` */
  readonly hostKey: string;
  /** The host itself said so, and nobody else. */
  readonly onFaith: boolean;
}

/**
 * The key to pin for a host: the one the user gave, else the host list's, else known_hosts', else, where it
 * was asked for, the one it shows.
 *
 * @throws InputError where none is known; ConnectFailure where the host had to be asked and could not be.
 */
export async function pin(host: AssignedHost, sources: PinSources, limits: Limits): Promise<Pin> {
  const known = host.hostKey ?? host.listedKey ?? pinnedKey(sources.knownHosts, host);
  const target = { ...host, ...(sources.jump && { jump: sources.jump }) };
  if (known !== undefined) {
    const hostKey = known.includes(" ") ? known : await withType(known, target, sources, limits);
    return { hostKey, onFaith: false };
  }
  if (!sources.trustOnFirstUse) {
    throw new InputError(
      `${host.name}: the host key of ${endpoint(host)} is not known`,
      `have it in known_hosts, give it (--host-key ${host.address}=SHA256:…), or --trust-on-first-use`,
    );
  }
  const shown = await scanHostKey(target, sources.identity, limits);
  if (shown !== undefined) return { hostKey: shown, onFaith: true };
  throw wrongHostKey({ ...target, hostKey: "any" }, "no key this program knows");
}

/** A fingerprint says nothing of its key's type, so the host is asked for one type after the other. */
async function withType(
  fingerprint: string,
  target: Omit<Target, "hostKey">,
  { identity }: PinSources,
  limits: Limits,
): Promise<string> {
  const shown: string[] = [];
  for (const type of hostKeyTypes) {
    const key = await scanHostKey(target, identity, limits, [type]);
    if (key === `${type} ${fingerprint}`) return key;
    if (key !== undefined) shown.push(key);
  }
  throw wrongHostKey({ ...target, hostKey: fingerprint }, shown.join(" and ") || "no key this program knows");
}

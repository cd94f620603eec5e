import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { authenticationOf } from "./authentication.ts";
import type { Identity, Target } from "./connection.ts";
import type { Deadline } from "./deadline.ts";
import { explain, wrongHostKey } from "./explain.ts";
import { ConnectFailure, fromHost } from "./failure.ts";
import { type HostKeyType, hostKeyTypes, isHostKeyType } from "./host-key.ts";
import { type Keepalive, lacksKeyType, negotiate } from "./negotiate.ts";

/**
 * Makes an open stream into a client the host has let in. The host proves that it holds the pinned key, or
 * is told nothing about us: not the user, not a key.
 *
 * @throws ConnectFailure; Broken where the host has no key of the pinned type.
 */
export async function shakeHands(
  stream: Duplex,
  target: Target,
  identity: Identity,
  deadline: Deadline,
  keepalive: Keepalive,
): Promise<Client> {
  const type = target.hostKey.split(" ")[0] ?? "";
  if (!isHostKeyType(type)) {
    const what = `expected a pinned host key of a type this program knows, found '${fromHost(type, 40)}'`;
    throw new ConnectFailure("host-key", `${target.name}: ${what}`);
  }
  const authentication = authenticationOf(target.user, identity);
  let wrong: string | undefined;
  try {
    return await negotiate({
      stream,
      signal: deadline.signal,
      user: target.user,
      // Only the pinned key's type: a host with several keys then shows that one, or none.
      types: [type],
      accept: (found) => {
        if (found === target.hostKey) return true;
        wrong = found;
        return false;
      },
      authentication,
      keepalive,
    });
  } catch (error) {
    if (wrong !== undefined) throw wrongHostKey(target, wrong);
    if (lacksKeyType(error)) throw error;
    throw explain(error, target, deadline, authentication);
  }
}

/**
 * The key a host shows whoever asks, `TYPE SHA256:…`. It ends before anything about us is sent.
 *
 * @param types which types of key to ask for, the most wanted first.
 * @returns undefined where the host has no key of these types.
 * @throws ConnectFailure
 */
export async function peekHostKey(
  stream: Duplex,
  target: Target,
  deadline: Deadline,
  types: readonly HostKeyType[] = hostKeyTypes,
): Promise<string | undefined> {
  let found: string | undefined;
  try {
    await negotiate({
      stream,
      signal: deadline.signal,
      user: target.user,
      types,
      accept: (fingerprint) => {
        found = fingerprint;
        return false;
      },
    });
  } catch (error) {
    if (found === undefined && !lacksKeyType(error)) throw explain(error, target, deadline);
  }
  return found;
}

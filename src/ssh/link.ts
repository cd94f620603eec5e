import type { Client } from "ssh2";
import { type Failure, messageOf } from "../errors.ts";
import type { Identity, Target } from "./connection.ts";
import type { Deadline } from "./deadline.ts";
import { wrongHostKey } from "./explain.ts";
import { dropped, fromHost, seconds } from "./failure.ts";
import { peekHostKey, shakeHands } from "./handshake.ts";
import type { HostKeyType } from "./host-key.ts";
import { type ClientError, type Keepalive, lacksKeyType } from "./negotiate.ts";
import { straight, through, type Wire } from "./wire.ts";

/** An authenticated connection as ssh2 knows it, and why it ended if it did. */
export interface Link {
  readonly target: Target;
  readonly client: Client;
  /** Why nothing can be done over it any more; undefined while it is up. */
  lost(): Failure | undefined;
  close(): void;
}

const DEFAULT_KEEPALIVE: Keepalive = { intervalMs: 10_000, missed: 3 };
/** How long a host has to answer that we leave. */
const FAREWELL_MS = 500;

/** Opens a link to a host that shows the pinned key and lets us in. @throws ConnectFailure */
export async function openLink(
  target: Target,
  identity: Identity,
  deadline: Deadline,
  keepalive: Keepalive = DEFAULT_KEEPALIVE,
): Promise<Link> {
  const wire = await openWire(target, identity, deadline, keepalive);
  try {
    const client = await shakeHands(wire.stream, target, identity, deadline, keepalive);
    return linkOf(client, wire, target, keepalive);
  } catch (error) {
    wire.close();
    if (!lacksKeyType(error)) throw error;
    // It has no key of the pinned type: ask once more for any, so that the error can show what it has.
    throw wrongHostKey(target, (await shownKey(target, identity, deadline)) ?? "no key this program knows");
  }
}

/** The key a host shows whoever asks; see peekHostKey. Hosts on the way to it must let us in. */
export async function shownKey(
  target: Target,
  identity: Identity,
  deadline: Deadline,
  types?: readonly HostKeyType[],
): Promise<string | undefined> {
  const wire = await openWire(target, identity, deadline);
  try {
    return await peekHostKey(wire.stream, target, deadline, types);
  } finally {
    wire.close();
  }
}

/** Opens a stream to a host's SSH port, straight or through the hosts on the way. */
async function openWire(
  target: Target,
  identity: Identity,
  deadline: Deadline,
  keepalive?: Keepalive,
): Promise<Wire> {
  if (!target.jump) return straight(target, deadline.signal);
  const jump = await openLink(target.jump, identity, deadline, keepalive);
  try {
    const stream = await through(jump.client, target.jump, target, deadline.signal);
    return { stream, close: () => jump.close() };
  } catch (error) {
    jump.close();
    throw error;
  }
}

function linkOf(client: Client, wire: Wire, target: Target, keepalive: Keepalive): Link {
  let lost: Failure | undefined;
  let farewell: NodeJS.Timeout | undefined;
  client.on("error", (error: ClientError) => {
    lost ??= dropped(target, reasonOf(error, keepalive));
  });
  client.on("close", () => {
    lost ??= dropped(target, "the host closed it");
    clearTimeout(farewell);
    wire.close();
  });
  return {
    target,
    client,
    lost: () => lost,
    close: () => {
      lost ??= dropped(target, "it was closed here");
      client.end();
      // A host that is dead never answers the farewell, which must not keep this process alive.
      farewell = setTimeout(() => wire.close(), FAREWELL_MS);
    },
  };
}

function reasonOf(error: ClientError, { intervalMs, missed }: Keepalive): string {
  if (error.level === "client-timeout") {
    return `the host did not answer for ${seconds(intervalMs * (missed + 1))}`;
  }
  return typeof error.code === "string" ? error.code : fromHost(messageOf(error));
}

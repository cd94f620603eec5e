import type { Duplex } from "node:stream";
import ssh2, { type Client, type ClientErrorExtensions } from "ssh2";
import { fingerprintOf } from "../cluster/fingerprint.ts";
import { messageOf } from "../errors.ts";
import type { Authentication } from "./authentication.ts";
import { type HostKeyType, hostKeyAlgorithms } from "./host-key.ts";

/** How a dead connection is noticed: a question every interval, and how many may stay unanswered. */
export interface Keepalive {
  /** Milliseconds. */
  readonly intervalMs: number;
  readonly missed: number;
}

/** What ssh2 throws: `level` says where it happened, `code` is a socket's, or a number the host sent. */
export type ClientError = Error & ClientErrorExtensions & { code?: string | number };

/** How far a negotiation had come when it broke. */
export type Stage = "key exchange" | "authentication";

/** A negotiation that came to nothing: as ssh2 said it, or the reason of the signal that ended it. */
export class Broken extends Error {
  override readonly cause: unknown;
  readonly stage: Stage;

  constructor(cause: unknown, stage: Stage) {
    super("negotiation broken");
    this.cause = cause;
    this.stage = stage;
  }
}

/** Whether a negotiation broke because the host has no key of the types asked for. */
export function lacksKeyType(error: unknown): boolean {
  return error instanceof Broken && /no matching host key format/.test(messageOf(error.cause));
}

/**
 * Key exchange and authentication over an open stream. ssh2's surprises are dealt with here and nowhere else.
 *
 * @throws Broken
 */
export function negotiate(of: {
  stream: Duplex;
  signal: AbortSignal;
  user: string;
  /** The types of host key to ask for. */
  types: readonly HostKeyType[];
  /** Whether to go on with a host that has shown this key, `TYPE SHA256:…`. */
  accept: (fingerprint: string) => boolean;
  authentication?: Authentication;
  keepalive?: Keepalive;
}): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let stage: Stage = "key exchange";
    const fail = (error: unknown) => {
      of.signal.removeEventListener("abort", aborted);
      reject(new Broken(error, stage));
      client.destroy();
    };
    const aborted = () => fail(of.signal.reason);

    // Both stay for as long as the client does: an 'error' nobody listens to would end the process.
    client.on("error", (error: ClientError) => {
      // An agent or a key that could not sign is no end: ssh2 goes on to the next.
      const goesOn = error.level === "agent" || error.level === "client-authentication";
      if (!goesOn || (of.authentication?.exhausted() ?? true)) fail(error);
    });
    client.on("close", () => fail(new Error("the host closed it")));
    client.once("handshake", () => {
      stage = "authentication";
    });
    client.once("ready", () => {
      of.signal.removeEventListener("abort", aborted);
      resolve(client);
    });

    if (of.signal.aborted) return aborted();
    of.signal.addEventListener("abort", aborted, { once: true });
    client.connect({
      sock: of.stream,
      username: of.user,
      // The caller's signal ends it: one time-out for the socket, the key exchange and the rest.
      readyTimeout: 0,
      algorithms: { serverHostKey: hostKeyAlgorithms(of.types) },
      // Must answer at once: ssh2 takes a promise of false for a yes.
      hostVerifier: (key: Buffer) => of.accept(fingerprintOf(key)),
      ...(of.authentication && { authHandler: of.authentication.handler }),
      ...(of.keepalive && {
        keepaliveInterval: of.keepalive.intervalMs,
        keepaliveCountMax: of.keepalive.missed,
      }),
    });
  });
}

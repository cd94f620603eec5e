import pRetry from "p-retry";
import { type ConnectOptions, connect } from "./connect.ts";
import type { Connection, Identity, Target } from "./connection.ts";
import { withDeadline } from "./deadline.ts";
import { ConnectFailure, type ConnectProblem, endpoint, seconds } from "./failure.ts";
import { type OnProgress, Progress } from "./progress.ts";

export interface WaitForHostOptions extends ConnectOptions {
  readonly onProgress?: OnProgress;
  /**
   * Milliseconds, from the first refusal on, for which a refused key is tried again: sshd may answer before
   * the key was put on the host. Default 30 s.
   */
  readonly refusalMs?: number;
}

const DEFAULT_TIMEOUT_MS = 180_000;
const DEFAULT_REFUSAL_MS = 30_000;
/** One attempt; a host that is not up yet may swallow packets and never answer. */
const ATTEMPT_MS = 10_000;
const PAUSE_MS = 1_000;

/** What a host shows while it starts; the rest does not get better by waiting. */
const passing: ReadonlySet<ConnectProblem> = new Set([
  "refused",
  "unreachable",
  "timeout",
  "name",
  "dropped",
  "authentication",
]);

/**
 * Connects to a host that may still be starting, as soon as its sshd lets us in. A wrong host key ends the
 * wait at once.
 *
 * @param options `timeoutMs` is for the whole wait: 180 s unless told otherwise.
 * @throws ConnectFailure naming the host, and the last reason where the time was over.
 */
export function waitForHost(
  target: Target,
  identity: Identity,
  { onProgress, refusalMs = DEFAULT_REFUSAL_MS, keepalive, ...limits }: WaitForHostOptions = {},
): Promise<Connection> {
  return withDeadline(target, limits, DEFAULT_TIMEOUT_MS, async ({ signal, timeoutMs }) => {
    const progress = new Progress("sshd", onProgress);
    let connection: Connection | undefined;
    let last: ConnectFailure | undefined;
    let firstRefusal: number | undefined;

    const worthAnotherTry = (error: Error) => {
      if (!(error instanceof ConnectFailure) || !passing.has(error.problem)) return false;
      last = error;
      if (error.problem !== "authentication") return true;
      firstRefusal ??= performance.now();
      return performance.now() - firstRefusal < refusalMs;
    };
    try {
      return await pRetry(
        async () => {
          connection = await connect(target, identity, {
            timeoutMs: ATTEMPT_MS,
            signal,
            ...(keepalive && { keepalive }),
          });
          return connection;
        },
        {
          retries: Number.POSITIVE_INFINITY,
          factor: 1,
          minTimeout: PAUSE_MS,
          signal,
          shouldRetry: ({ error }) => worthAnotherTry(error),
        },
      );
    } catch (error) {
      connection?.close();
      if (!signal.aborted) throw error;
      throw signal.reason.problem === "timeout" && last ? timeOver(target, timeoutMs, last) : signal.reason;
    } finally {
      progress.stop();
    }
  });
}

function timeOver(target: Target, timeoutMs: number, last: ConnectFailure): ConnectFailure {
  const reason = last.message.replace(`${target.name}: `, "");
  return new ConnectFailure(
    last.problem,
    `${target.name}: no SSH at ${endpoint(target)} after ${seconds(timeoutMs)} of waiting; last: ${reason}`,
    last.hint,
  );
}

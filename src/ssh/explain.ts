import { messageOf } from "../errors.ts";
import type { Authentication } from "./authentication.ts";
import type { Target } from "./connection.ts";
import type { Deadline } from "./deadline.ts";
import { ConnectFailure, dropped, endpoint, fromHost, seconds, socketFailure } from "./failure.ts";
import { Broken, type ClientError } from "./negotiate.ts";

/** A host that shows, or has only, another key than the pinned one. */
export function wrongHostKey(target: Target, found: string): ConnectFailure {
  return new ConnectFailure(
    "host-key",
    `${target.name}: wrong host key at ${endpoint(target)}: expected ${target.hostKey}, found ${found}`,
    "nothing was sent to it; if the host was made anew, pin its new key, else someone may be in between",
  );
}

/** What a broken negotiation means to a person. */
export function explain(
  error: unknown,
  target: Target,
  deadline: Deadline,
  authentication?: Authentication,
): ConnectFailure {
  if (!(error instanceof Broken)) throw error;
  const { cause, stage } = error;
  const where = `${target.name}: ${endpoint(target)}`;
  if (cause instanceof ConnectFailure) {
    if (cause.problem !== "timeout") return cause;
    return new ConnectFailure(
      "timeout",
      `${where} took the connection but did not come through the ${stage} within ${seconds(deadline.timeoutMs)}`,
      "is that an SSH server, and is the host not overloaded?",
    );
  }
  const { level, code } = cause as ClientError;
  const reason = fromHost(messageOf(cause));
  if (stage === "authentication" && (authentication?.exhausted() || /too many auth/i.test(reason))) {
    return new ConnectFailure(
      "authentication",
      `${where} does not let ${target.user} in: ${authentication?.account()}`,
      `is one of these keys in ${target.user}'s authorized_keys on the host?`,
    );
  }
  const algorithm = /no matching (.+)$/.exec(reason)?.[1];
  if (algorithm) {
    const what = `${where} and this program have no ${algorithm} in common`;
    return new ConnectFailure(
      "algorithms",
      what,
      "is the host's OpenSSH very old, or its sshd_config very strict?",
    );
  }
  if (level === "client-socket" && typeof code === "string")
    return socketFailure(target, { code, message: reason });
  return dropped(target, stage === "key exchange" ? `${reason} (during the key exchange)` : reason);
}

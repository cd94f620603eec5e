import { isIPv6 } from "node:net";
import { Failure } from "../errors.ts";
import type { Target } from "./connection.ts";

/** What kept a connection from coming about, for those who decide whether to try again. */
export type ConnectProblem =
  | "refused"
  | "unreachable"
  | "timeout"
  | "name"
  | "dropped"
  | "host-key"
  | "algorithms"
  | "authentication"
  | "stopped";

/** A connection that did not come about. */
export class ConnectFailure extends Failure {
  readonly problem: ConnectProblem;

  constructor(problem: ConnectProblem, message: string, hint?: string) {
    super(message, hint);
    this.problem = problem;
  }
}

/** `10.0.0.1:22`, `[2001:db8::1]:22`: an address and port as one word. */
export function endpoint(of: { address: string; port: number }): string {
  return `${isIPv6(of.address) ? `[${of.address}]` : of.address}:${of.port}`;
}

/** Text a host sent, fit for one line of ours: printable characters only, and not too many. */
export function fromHost(text: string, limit = 300): string {
  const line = text
    .replace(/[^\P{C}\n\t]/gu, "")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}

/** Why a socket to `target` could not be opened, or broke before the host had said anything. */
export function socketFailure(
  target: Target,
  error: { code?: string | undefined; message: string },
): ConnectFailure {
  const where = `${target.name}: ${endpoint(target)}`;
  switch (error.code) {
    case "ECONNREFUSED":
      return new ConnectFailure(
        "refused",
        `${where} refused the connection`,
        "is sshd running there, on that port?",
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new ConnectFailure(
        "name",
        `${target.name}: the name ${target.address} has no address (${error.code})`,
        "check its spelling and this machine's name server, or give the address",
      );
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return new ConnectFailure(
        "unreachable",
        `${where} cannot be reached from here (${error.code})`,
        "is the host up, and is there a route to it from this machine?",
      );
    case "ETIMEDOUT":
      return noAnswer(target, undefined);
    default:
      return dropped(target, error.code ?? fromHost(error.message));
  }
}

/** Nothing at all came back within the time allowed. */
export function noAnswer(target: Target, timeoutMs: number | undefined): ConnectFailure {
  const within = timeoutMs === undefined ? "" : ` within ${seconds(timeoutMs)}`;
  return new ConnectFailure(
    "timeout",
    `${target.name}: ${endpoint(target)} did not answer${within}`,
    "is the host up, and does a firewall let this machine reach its SSH port?",
  );
}

export function dropped(target: Target, reason: string): ConnectFailure {
  return new ConnectFailure(
    "dropped",
    `${target.name}: the connection to ${endpoint(target)} was lost: ${reason}`,
  );
}

export function stopped(target: Target): ConnectFailure {
  return new ConnectFailure("stopped", `${target.name}: stopped before it was through`);
}

/** Milliseconds as a person reads them: `4 s`, `0.5 s`. */
export function seconds(ms: number): string {
  return `${ms < 1000 ? ms / 1000 : Math.round(ms / 1000)} s`;
}

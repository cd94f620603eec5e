import { Failure } from "../../errors.ts";

/** How sure we are that a request that did not succeed had no effect. */
export type Effect =
  /** It was refused, or never left this machine. */
  | "none"
  /** It was sent, and no answer that could be believed came back: it may have been done. */
  | "unknown";

export interface ApiErrorDetails {
  /** HTTP status, where an answer came. */
  readonly status?: number;
  readonly effect: Effect;
  /** Whether the same request may succeed later. */
  readonly passing: boolean;
  /** Milliseconds the API asked us to wait. */
  readonly waitMs?: number;
}

/** A request to the API that did not succeed. */
export class ApiError extends Failure {
  readonly status: number | undefined;
  readonly effect: Effect;
  readonly passing: boolean;
  readonly waitMs: number | undefined;

  constructor(message: string, { status, effect, passing, waitMs }: ApiErrorDetails, hint?: string) {
    super(message, hint);
    this.status = status;
    this.effect = effect;
    this.passing = passing;
    this.waitMs = waitMs;
  }
}

/** What a user can do about an answer with this status. */
export function hintFor(status: number): string | undefined {
  switch (status) {
    case 401:
      return "DIGITALOCEAN_ACCESS_TOKEN is wrong, expired or revoked";
    case 403:
      return "the token lacks a scope: docs/digitalocean.md lists those it needs";
    case 422:
      return "the account's limits and what a region offers are shown at https://cloud.digitalocean.com";
    case 429:
      return "the account made too many requests; wait and run it again";
    default:
      return status >= 500 ? "see https://status.digitalocean.com, then run it again" : undefined;
  }
}

/** Milliseconds to wait by an answer's headers: `retry-after`, else the time at which the spent limit is renewed. */
export function askedWait(headers: Headers, now: number): number | undefined {
  const after = headers.get("retry-after")?.trim();
  if (after && /^\d{1,6}$/.test(after)) return Number(after) * 1_000;
  if (after && !Number.isNaN(Date.parse(after))) return Math.max(0, Date.parse(after) - now);
  const reset = headers.get("ratelimit-reset")?.trim();
  if (headers.get("ratelimit-remaining")?.trim() === "0" && reset && /^\d{1,12}$/.test(reset)) {
    return Math.max(0, Number(reset) * 1_000 - now);
  }
  return undefined;
}

/** Socket errors that pass, by Node's and its HTTP client's names. In `unsent` the request never left. */
const unsent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const cut = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_SOCKET",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

/** The name of the socket error that made `fetch` fail, and whether the request can have been sent. */
export function socketError(error: unknown): { code: string; effect: Effect } | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== undefined && unsent.has(code)) return { code, effect: "none" };
    if (code !== undefined && cut.has(code)) return { code, effect: "unknown" };
    if (cause instanceof AggregateError && cause.errors.length > 0) return socketError(cause.errors[0]);
  }
  return undefined;
}

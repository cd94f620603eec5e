import pRetry from "p-retry";
import type { z } from "zod";
import { Failure, InputError, messageOf } from "../../errors.ts";
import { believe, readBounded, refusalOf, unexpected } from "./answer.ts";
import { ApiError, socketError } from "./api-error.ts";
import type { Clock } from "./clock.ts";
import { limitsOf } from "./limits.ts";

/**
 * Requests to DigitalOcean's API: sent with the token, tried again where that is safe, their answers parsed
 * before they are believed.
 *
 * Plain `fetch`, p-retry and zod rather than a client library: `dots-wrapper` has no retries, no deadline and
 * no bound on an answer, types that nothing checks, and brings axios into the bundle; `@digitalocean/dots`
 * throws on answers with tags. What is left of a client for a dozen endpoints is the address of each.
 */
export interface Http {
  /**
   * Makes one request and returns its answer, parsed.
   *
   * @throws ApiError where it is refused or stays unanswered, Failure where the process is asked to stop.
   */
  <Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>>;
  /** The same for a request that is answered with 204 and nothing. */
  (request: Request): Promise<void>;
}

interface Request {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** From `/v2` on, each part already encoded. */
  readonly path: string;
  readonly body?: unknown;
  /** Whether doing it twice is the same as once (default: all but POST). Only then is a lost answer asked for again. */
  readonly idempotent?: boolean;
  /** Milliseconds that its answer is still waited for when the process is asked to stop. */
  readonly graceMs?: number;
}

export interface HttpOptions {
  /** `https://api.digitalocean.com`, without a path. */
  readonly url: string;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Milliseconds after which an answer is given up. */
  readonly timeoutMs: number;
  /** Tells of a wait that the API asked for, so that nobody thinks it hangs. */
  readonly onWait: (text: string) => void;
}

/** Tries of one request before it has failed. */
const TRIES = 8;
/** The longest wait that the API may ask for, in milliseconds: its hourly limit can be most of an hour away. */
const LONGEST_WAIT = 600_000;

/**
 * Reads the API's address. Only loopback may be without TLS: the token goes with every request.
 *
 * @throws InputError naming `source`.
 */
export function parseApiUrl(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  const secure = url?.protocol === "https:" || (url?.protocol === "http:" && loopback);
  if (!url || !secure || url.username || url.password || url.search || url.hash || url.pathname !== "/") {
    throw new InputError(
      `${source}: expected https://HOST (http on loopback alone), found ${JSON.stringify(text)}`,
    );
  }
  return url.origin;
}

export function interrupted(): Failure {
  return new Failure("interrupted");
}

export function openHttp(options: HttpOptions): Http {
  const { clock, signal, token } = options;

  async function send(request: Request, schema?: z.ZodType): Promise<unknown> {
    if (signal.aborted) throw interrupted();
    const label = `${request.method} ${request.path.replace(/\?.*/, "")}`;
    const limits = limitsOf(signal, options.timeoutMs, request.graceMs ?? 0);
    try {
      const response = await fetch(options.url + request.path, {
        method: request.method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        redirect: "error",
        signal: limits.signal,
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      });
      const text = await readBounded(response);
      if (!response.ok) throw refusalOf(label, response, text, token, clock.now());
      if (schema !== undefined) return believe(label, text, schema);
      if (response.status !== 204) throw unexpected(label, response.status);
      return undefined;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (limits.struck() === "stopped") throw interrupted();
      throw unanswered(label, error, limits.struck() === "late");
    } finally {
      limits.dispose();
    }
  }

  async function shouldRetry(request: Request, error: Error, attempt: number): Promise<boolean> {
    if (!(error instanceof ApiError) || !error.passing) return false;
    const idempotent = request.idempotent ?? request.method !== "POST";
    if (error.effect === "unknown" && !idempotent) return false;
    const waitMs = error.waitMs ?? Math.min(1_000 * 2 ** (attempt - 1), 30_000);
    if (waitMs > LONGEST_WAIT) return false;
    if (error.waitMs !== undefined)
      options.onWait(`DigitalOcean asks to wait ${Math.ceil(waitMs / 1_000)} s`);
    await clock.sleep(waitMs, signal);
    return true;
  }

  async function request(request: Request, schema?: z.ZodType): Promise<unknown> {
    try {
      return await pRetry(() => send(request, schema), {
        retries: TRIES - 1,
        minTimeout: 0,
        shouldRetry: ({ error, attemptNumber }) => shouldRetry(request, error, attemptNumber),
      });
    } catch (error) {
      if (signal.aborted && !(error instanceof Failure)) throw interrupted();
      throw error;
    }
  }

  return request as Http;
}

function unanswered(label: string, error: unknown, late: boolean): ApiError {
  const socket = socketError(error);
  const reason = late ? "no answer in time" : (socket?.code ?? messageOf(error));
  return new ApiError(
    `DigitalOcean does not answer ${label}: ${reason}`,
    { effect: socket?.effect ?? "unknown", passing: late || socket !== undefined },
    "see https://status.digitalocean.com, then run it again",
  );
}

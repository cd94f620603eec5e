import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { Failure, InputError, messageOf } from "../errors.ts";
import { checkDigest } from "./source.ts";

/** Bytes; a release is 8 MB, with its git history some 60. */
const LARGEST_TARBALL = 200 * 1024 * 1024;
/** Milliseconds a server may stay silent. */
const SILENCE_MS = 30_000;

export interface DownloadOptions {
  /** The digest it must have; absent: any. */
  readonly sha256?: string | undefined;
  readonly signal: AbortSignal;
  /** Bytes at most. */
  readonly limit?: number;
  /** Milliseconds without a byte before it is given up. */
  readonly silence?: number;
}

/**
 * Downloads `url` to `path`, which appears only when all of it is there and has the digest it must have.
 *
 * @returns its SHA-256, 64 hex digits.
 * @throws InputError where there is nothing at the address or its digest is another one (showing both);
 *   Failure where the server does not answer, breaks off, or sends more than the limit.
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<string> {
  const silent = new AbortController();
  const silence = options.silence ?? SILENCE_MS;
  const timer = setTimeout(() => silent.abort(), silence);
  const part = `${path}.part-${process.pid}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.any([options.signal, silent.signal]) });
    const body = bodyOf(url, response);
    const hash = createHash("sha256");
    const limit = options.limit ?? LARGEST_TARBALL;
    let size = 0;
    const check = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        timer.refresh();
        hash.update(chunk);
        size += chunk.length;
        done(size > limit ? new Failure(`${url}: expected at most ${limit} bytes, found more`) : null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(body), check, createWriteStream(part, { mode: 0o600 }));
    const found = hash.digest("hex");
    checkDigest(url, options.sha256, found);
    await rename(part, path);
    return found;
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof InputError || error instanceof Failure) throw error;
    const reason = silent.signal.aborted ? `nothing came for ${silence / 1000} s` : reasonOf(error);
    const hint = "check that this machine reaches the server, or give a tarball's path as source";
    throw new Failure(`${url} cannot be downloaded: ${reason}`, hint, { cause: error });
  } finally {
    clearTimeout(timer);
    await rm(part, { force: true });
  }
}

function bodyOf(url: string, response: Response): ReadableStream<Uint8Array> {
  if (response.ok && response.body) return response.body as ReadableStream<Uint8Array>;
  const answer = `${url}: the server answers ${response.status} ${response.statusText}`.trim();
  if (response.status >= 500) throw new Failure(answer, "try again later");
  throw new InputError(answer, "check the version or the address");
}

/** `fetch failed` says nothing: the reason is its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(cause);
}

import type { z } from "zod";
import { fromJson } from "../../json.ts";
import { ApiError, askedWait, hintFor } from "./api-error.ts";
import { refusalSchema } from "./schema.ts";

/** The largest answer that is read, in bytes: 200 droplets take about 0.6 MB. */
const LARGEST_ANSWER = 16_000_000;

/** Reads an answer's body, and no more than can be meant well. */
export async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The answer of a request that succeeded, parsed. Where it cannot be read, the request may still have been done. */
export function believe<Schema extends z.ZodType>(
  label: string,
  text: string,
  schema: Schema,
): z.output<Schema> {
  const result = schema.safeParse(fromJson(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw unreadable(`${label} cannot be read: ${issue?.path.join(".") || "the whole"}: ${issue?.message}`);
}

/** An answer that says more than that it was done: something in between has spoken, not the API. */
export function unexpected(label: string, status: number): ApiError {
  return unreadable(`${label} is ${status}, expected 204`);
}

function unreadable(what: string): ApiError {
  return new ApiError(
    `DigitalOcean's answer to ${what}`,
    { effect: "unknown", passing: true },
    "is --api-url (DIGITALOCEAN_API_URL) right?",
  );
}

/** The error that an answer other than success stands for. */
export function refusalOf(
  label: string,
  response: Response,
  text: string,
  token: string,
  now: number,
): ApiError {
  const { status } = response;
  const refusal = refusalSchema.safeParse(fromJson(text));
  const reason = presentable(refusal.success ? refusal.data.message : response.statusText, token);
  const waitMs = askedWait(response.headers, now);
  return new ApiError(
    `DigitalOcean answers ${status} to ${label}: ${reason}`,
    {
      status,
      effect: status >= 500 ? "unknown" : "none",
      passing: status === 429 || status === 408 || status >= 500,
      ...(waitMs === undefined ? {} : { waitMs }),
    },
    hintFor(status),
  );
}

/** The API's own words, fit to be printed: one line, bounded, and never with the token in it. */
function presentable(text: string, token: string): string {
  return text
    .replaceAll(token, "***")
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, 300);
}

import { z } from "zod";
import { InputError } from "../errors.ts";
import { fromJson } from "../json.ts";
import { expectation, firstIssue } from "./issues.ts";

/** Most characters of a cost's document: three numbers and a time. */
const MOST_CHARACTERS = 500;
/** More US dollars than any cluster costs. */
const MOST_DOLLARS = 1_000_000;

const expected = `expected US dollars from 0 to ${MOST_DOLLARS}`;
const dollars = z.number(expected).min(0, expected).max(MOST_DOLLARS, expected);

const costSchema = z.strictObject({
  currency: z.literal("USD"),
  /** When it was asked. */
  at: z.iso.datetime("expected a time such as 2026-01-31T09:00:00Z"),
  /** What the hosts had cost until then, each since it was made. */
  soFar: dollars,
  /** What they cost an hour from then on. */
  hourly: dollars,
});

/** What a cluster's hosts cost, at one moment. Cost grows evenly, so it tells that of any later moment too. */
export type Cost = z.output<typeof costSchema>;

/** What a cluster's hosts cost an hour and have cost until now, in US dollars. */
export interface CostUntilNow {
  readonly hourly: number;
  readonly soFar: number;
}

/** @param now milliseconds since the epoch; a clock that is behind the one that `cost` is from adds nothing. */
export function costUntil({ at, soFar, hourly }: Cost, now: number): CostUntilNow {
  const hours = Math.max(0, now - Date.parse(at)) / 3_600_000;
  return { hourly, soFar: soFar + hourly * hours };
}

/**
 * A cost from its JSON document.
 *
 * @param source what a person knows the text as, to begin an error with.
 * @throws InputError where it is none.
 */
export function parseCost(text: string, source: string): Cost {
  const document = text.length > MOST_CHARACTERS ? undefined : fromJson(text);
  const result = costSchema.safeParse(document, { error: expectation });
  if (result.success) return result.data;
  const found = typeof document === "object" && document !== null ? firstIssue(result.error, document) : "";
  throw new InputError(
    `${source}: ${found || "expected a cost in JSON"}`,
    "give the output 'cost' of actions/provision, or nothing",
  );
}

import type { z } from "zod";
import { expectation, shown } from "../cluster/issues.ts";
import { InputError } from "../errors.ts";
import { describeInputs, type Field, kebab } from "./describe.ts";

/** Inputs as they come from outside: text (or several), by key. Absent and empty are the same. */
export type RawInputs = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

function fromText(field: Field, value: string | readonly string[] | boolean): unknown {
  switch (field.type) {
    case "number":
      return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value;
    case "yes-no":
      return value === "true" ? true : value === "false" ? false : value;
    case "list":
      return typeof value === "string"
        ? value
            .split(/[\n,]/)
            .map((item) => item.trim())
            .filter(Boolean)
        : value;
    case "text":
      return value;
  }
}

/**
 * A step's inputs from text, checked. What is absent takes its value from `remembered`, then its default.
 *
 * @param face how the caller writes a name in an error, e.g. `--network-name`.
 * @throws InputError for the first input that is wrong, by name.
 */
export function parseInputs<Schema extends z.ZodObject>(
  schema: Schema,
  raw: RawInputs,
  face: (name: string) => string,
  remembered: Readonly<Record<string, unknown>> = {},
): z.output<Schema> {
  const given: Record<string, unknown> = {};
  for (const field of describeInputs(schema)) {
    const value = raw[field.key];
    if (value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0)) {
      given[field.key] = fromText(field, value);
    } else if (field.key in remembered) {
      given[field.key] = remembered[field.key];
    }
  }
  const result = schema.safeParse(given, { error: expectation });
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const key = String(issue.path[0] ?? "");
  if (given[key] === undefined) throw new InputError(`${face(kebab(key))} is required`);
  throw new InputError(`${face(kebab(key))}: ${issue.message}, found ${shown(given[key])}`);
}

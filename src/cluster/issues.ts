import type { z } from "zod";

/** Most characters of a text from outside that a message shows. */
const SHOWN = 60;

/** A value from outside as a message may show it: bounded, on one line, without control characters. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string") return String(value);
  const text = JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** A place in a document as a person writes it: `hosts[2].ssh.port`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      const name = String(key);
      if (!/^\w{1,40}$/.test(name)) return `[${shown(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join("");
}

const KINDS: Record<string, string> = { object: "an object", array: "a list", string: "a text" };

/** Words for what zod finds wrong where the schema has none of its own; give it to `safeParse` as `error`. */
export function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") return `expected ${KINDS[issue.expected] ?? issue.expected}`;
  if (issue.code === "invalid_value") return `expected ${issue.values.map(String).join(" or ")}`;
  return undefined;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
}

/** The first thing wrong with a document, on one line: `hosts[2].ssh.port: expected …, found 70000`. */
export function firstIssue(error: z.ZodError, input: unknown): string {
  const issue = error.issues[0]!;
  if (issue.code === "unrecognized_keys")
    return `${pathText([...issue.path, issue.keys[0]!])}: unknown field`;
  const where = issue.path.length > 0 ? `${pathText(issue.path)}: ` : "";
  return `${where}${issue.message}, found ${shown(valueAt(input, issue.path))}`;
}

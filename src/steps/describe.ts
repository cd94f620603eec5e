import { z } from "zod";

/** One input as its faces show it: a flag, an action's input, a row of a table. */
export interface Field {
  /** The name in the step's inputs: `networkName`. */
  readonly key: string;
  /** The name in flags, action inputs and docs: `network-name`. */
  readonly name: string;
  readonly type: "text" | "number" | "yes-no" | "list";
  readonly description: string;
  readonly default: string | undefined;
  readonly choices: readonly string[] | undefined;
  readonly required: boolean;
}

interface JsonSchema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

const TYPES: Record<string, Field["type"]> = {
  boolean: "yes-no",
  array: "list",
  integer: "number",
  number: "number",
};

/** `networkName` as the faces write it: `network-name`. */
export function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const described = new WeakMap<z.ZodObject, readonly Field[]>();

/** A step's inputs, read off their zod object: what every face of the step is made from. */
export function describeInputs(schema: z.ZodObject): readonly Field[] {
  // A face asks several times, and each takes milliseconds.
  const fields = described.get(schema) ?? read(schema);
  described.set(schema, fields);
  return fields;
}

function read(schema: z.ZodObject): Field[] {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  return Object.entries(json.properties ?? {}).map(([key, property]) => ({
    key,
    name: kebab(key),
    type: TYPES[property.type ?? ""] ?? "text",
    description: property.description ?? "",
    default: property.default === undefined ? undefined : String(property.default),
    choices: property.enum,
    required: json.required?.includes(key) ?? false,
  }));
}

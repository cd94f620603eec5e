import { getInput } from "@actions/core";
import type { z } from "zod";
import { describeInputs } from "../../src/steps/describe.ts";
import { parseInputs } from "../../src/steps/parse.ts";

/** YAML's spellings of yes and no, which reach an action as they were written. */
const YES_NO: Readonly<Record<string, string>> = {
  True: "true",
  TRUE: "true",
  False: "false",
  FALSE: "false",
};

/**
 * A step's inputs as the workflow gave them. Nothing is taken from an earlier run: a workflow says all that
 * it wants.
 *
 * @throws InputError for the first input that is wrong, by its name in the workflow.
 */
export function readInputs<Schema extends z.ZodObject>(schema: Schema): z.output<Schema> {
  const raw = Object.fromEntries(
    describeInputs(schema).map(({ key, name, type }) => {
      const text = getInput(name);
      return [key, type === "yes-no" ? (YES_NO[text] ?? text) : text];
    }),
  );
  return parseInputs(schema, raw, (name) => name);
}

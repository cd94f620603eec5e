import { type Command, Option } from "commander";
import type { z } from "zod";
import { describeInputs, type Field } from "../src/steps/describe.ts";

const collect = (value: string, previous: string[] | undefined) => [...(previous ?? []), value];

function optionOf(field: Field): Option {
  const flag = `--${field.name}`;
  const shown = field.default && field.type !== "yes-no" ? ` (default: ${field.default})` : "";
  const choices = field.choices ? `: ${field.choices.join(", ")}` : "";
  const description = `${field.description}${choices}${shown}`;
  if (field.type === "yes-no") return new Option(flag, description).argParser(() => "true");
  const option = new Option(`${flag} <${field.type === "number" ? "number" : "value"}>`, description);
  return field.type === "list" ? option.argParser(collect) : option;
}

/**
 * Gives a command a flag for every input of a step. No default is set here: an absent flag stays absent, so
 * that what a cluster was provisioned with can fill it in.
 */
export function addFlags(command: Command, schema: z.ZodObject): Command {
  for (const field of describeInputs(schema)) command.addOption(optionOf(field));
  return command;
}

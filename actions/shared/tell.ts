import { error as annotation, info, setOutput, summary } from "@actions/core";
import { isStated, messageOf } from "../../src/errors.ts";
import { harmless, MOST_ANNOTATIONS, withHint } from "../../src/report/actions.ts";
import { describeInputs } from "../../src/steps/describe.ts";
import type { ActionDefinition, ActionResult, Problem } from "./definition.ts";

/** Most bytes of a summary that GitHub takes from a step. */
const MOST_SUMMARY_BYTES = 1024 * 1024;

function annotate({ title, text, hint }: Problem): void {
  annotation(withHint(text, hint), { title });
}

/** Writes a step's Markdown into the job's summary, where there is one. */
async function writeSummary(markdown: string): Promise<void> {
  if (!process.env.GITHUB_STEP_SUMMARY || Buffer.byteLength(markdown) > MOST_SUMMARY_BYTES) return;
  await summary.addRaw(markdown, true).write();
}

/** Tells what an action came to, by outputs, summary, annotations and the last line. @returns the exit code. */
export async function tellResult(step: string, result: ActionResult): Promise<number> {
  for (const [name, value] of Object.entries(result.outputs ?? {})) setOutput(name, value);
  if (result.summary) await writeSummary(result.summary);
  for (const line of result.lines ?? []) info(harmless(line));
  const problems = result.problems ?? [];
  problems.slice(0, MOST_ANNOTATIONS).forEach(annotate);
  for (const { title, text } of problems.slice(MOST_ANNOTATIONS)) {
    info(harmless(`overbridge ${step}: ${title}: ${text}`));
  }
  info(harmless(result.last));
  return problems.length > 0 ? 1 : 0;
}

/** A command to type, with its flags and their values, or a flag outside of one. */
const COMMAND_OR_FLAG = /\boverbridge [a-z][a-z-]*(?: --[a-z][a-z-]*(?: (?!-)\S+)?)*|--([a-z][a-z-]*)/g;

/**
 * Errors speak of flags, which in a workflow are inputs: `--yes` becomes `'yes'`, where the action has it. A whole
 * command (`overbridge teardown --cluster main`) is for a terminal and stays as it is.
 */
function inActionsWords(text: string, definition: Pick<ActionDefinition, "inputs">): string {
  const names = new Set(describeInputs(definition.inputs).map(({ name }) => name));
  return text.replace(COMMAND_OR_FLAG, (found, name?: string) =>
    name !== undefined && names.has(name) ? `'${name}'` : found,
  );
}

/** Tells of what was thrown: one annotation, and in the last line what to do. @returns the exit code. */
export function tellError(definition: Pick<ActionDefinition, "inputs" | "step">, error: unknown): number {
  const { step } = definition;
  if (!isStated(error)) {
    info(harmless(error instanceof Error ? (error.stack ?? error.message) : String(error)));
    const hint = "report it, with this log, where overbridge is kept";
    annotate({ title: `overbridge ${step}: a bug in overbridge`, text: messageOf(error), hint });
    info(`What to do: ${hint}`);
    return 1;
  }
  const text = inActionsWords(messageOf(error), definition);
  const hint = error.hint && inActionsWords(error.hint, definition);
  const title = `overbridge ${step}: ${error.exitCode === 2 ? "wrong input, nothing was changed" : "failed"}`;
  annotate({ title, text, hint });
  info(harmless(`What to do: ${hint ?? `see docs/actions/${step}.md for what the inputs take`}`));
  return error.exitCode;
}

import { endGroup, getState, info, saveState, startGroup, warning } from "@actions/core";
import type { z } from "zod";
import { actionsReporter } from "../../src/report/actions.ts";
import type { ActionDefinition, ActionResult } from "./definition.ts";
import { readInputs } from "./inputs.ts";
import { environmentWith } from "./secrets.ts";
import { interruption } from "./signals.ts";
import { tellError, tellResult } from "./tell.ts";

/** What main leaves for post: that it began, and that its inputs were in order. */
const MAIN_BEGAN = "main-began";
const INPUTS_READ = "inputs-read";

async function main<Schema extends z.ZodObject>(
  definition: ActionDefinition<Schema>,
): Promise<ActionResult | undefined> {
  const isPost = getState(MAIN_BEGAN) === "true";
  // Inputs that main refused are refused already.
  if (isPost && getState(INPUTS_READ) !== "true") return undefined;
  if (!isPost && definition.post) saveState(MAIN_BEGAN, "true");
  const env = environmentWith(definition.secrets);
  const inputs = readInputs(definition.inputs);
  if (!isPost && definition.post) saveState(INPUTS_READ, "true");
  const reporter = actionsReporter({ info, startGroup, endGroup, warning });
  const call = {
    inputs,
    context: { reporter, signal: interruption(), env },
    root: env.GITHUB_WORKSPACE || process.cwd(),
  };
  try {
    return await (isPost ? definition.post?.(call) : definition.run(call));
  } finally {
    reporter.close();
  }
}

/**
 * Runs an action and ends the process: the one way out, whatever happens. Exit code 0: done; 1: something
 * failed; 2: wrong input, and nothing was changed.
 */
export async function runAction<Schema extends z.ZodObject>(
  definition: ActionDefinition<Schema>,
): Promise<never> {
  let exitCode: number;
  try {
    const result = await main(definition);
    exitCode = result ? await tellResult(definition.step, result) : 0;
  } catch (error) {
    exitCode = tellError(definition, error);
  }
  // A client's idle connection must not keep a job waiting.
  process.exit(exitCode);
}

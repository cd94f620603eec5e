import { endGroup, getState, info, saveState, startGroup, warning } from "@actions/core";
import type { z } from "zod";
import { afterInterruption, InputError } from "../../src/errors.ts";
import { actionsReporter } from "../../src/report/actions.ts";
import type { ActionDefinition, ActionResult } from "./definition.ts";
import { readInputs } from "./inputs.ts";
import { environmentWith } from "./secrets.ts";
import { interruption } from "./signals.ts";
import { tellError, tellResult } from "./tell.ts";

/** What main leaves for post: that it began, that its inputs were in order, and that it refused to go on. */
const MAIN_BEGAN = "main-began";
const INPUTS_READ = "inputs-read";
const REFUSED = "refused";

async function main<Schema extends z.ZodObject>(
  definition: ActionDefinition<Schema>,
  signal: AbortSignal,
): Promise<ActionResult | undefined> {
  const isPost = getState(MAIN_BEGAN) === "true";
  // A main that refused has changed nothing: what there is of the cluster is somebody else's. One that was killed
  // has said neither, and may have.
  if (isPost && (getState(INPUTS_READ) !== "true" || getState(REFUSED) === "true")) return undefined;
  if (!isPost && definition.post) saveState(MAIN_BEGAN, "true");
  const env = environmentWith(definition.secrets);
  const inputs = readInputs(definition.inputs);
  if (!isPost && definition.post) saveState(INPUTS_READ, "true");
  const reporter = actionsReporter({ info, startGroup, endGroup, warning });
  const call = {
    inputs,
    context: { reporter, signal, env },
    root: env.GITHUB_WORKSPACE || process.cwd(),
  };
  try {
    return await (isPost ? definition.post?.(call) : definition.run(call));
  } catch (error) {
    if (!isPost && definition.post && error instanceof InputError) saveState(REFUSED, "true");
    throw error;
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
  const signal = interruption();
  let exitCode: number;
  try {
    const result = await main(definition, signal);
    exitCode = result ? await tellResult(definition.step, result) : 0;
  } catch (error) {
    exitCode = tellError(definition, afterInterruption(error, signal, definition.interrupted));
  }
  // A client's idle connection must not keep a job waiting.
  process.exit(exitCode);
}

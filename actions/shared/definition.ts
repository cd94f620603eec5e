import type { z } from "zod";
import type { Context } from "../../src/steps/context.ts";
import type { SecretName } from "./secrets.ts";

/** What an action's step runs with. */
export interface ActionCall<Inputs> {
  readonly inputs: Inputs;
  readonly context: Context;
  /** The folder that `.overbridge` is in: the job's workspace. */
  readonly root: string;
}

/** Something that went wrong with one host, for an annotation of its own. */
export interface Problem {
  readonly title: string;
  readonly text: string;
  readonly hint?: string | undefined;
}

/** What an action came to. */
export interface ActionResult {
  readonly outputs?: Readonly<Record<string, string>>;
  /** What the log has to have in full, line by line. */
  readonly lines?: readonly string[];
  /** Markdown for the job's summary. */
  readonly summary?: string;
  /** Why it failed; none where it did not. */
  readonly problems?: readonly Problem[];
  /** The log's last line: what came of it, or what to do now. */
  readonly last: string;
}

/** One action: a step with its inputs, outputs and texts. `action.yml` and its page in docs are made from it. */
export interface ActionDefinition<Schema extends z.ZodObject = z.ZodObject> {
  /** Its folder under actions/. */
  readonly step: string;
  readonly description: string;
  readonly inputs: Schema;
  readonly secrets: readonly SecretName[];
  /** Name and description of each. */
  readonly outputs: Readonly<Record<string, string>>;
  /** What to do where it was interrupted halfway: a job that is cancelled. */
  readonly interrupted: string;
  run(call: ActionCall<z.output<Schema>>): Promise<ActionResult>;
  /** Runs at the end of the job, also of a failed or cancelled one. */
  post?(call: ActionCall<z.output<Schema>>): Promise<ActionResult | undefined>;
}

/** Gives a definition its type from its inputs. */
export function defineAction<Schema extends z.ZodObject>(
  definition: ActionDefinition<Schema>,
): ActionDefinition<Schema> {
  return definition;
}

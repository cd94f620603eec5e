import type { z } from "zod";
import type { Context } from "../src/steps/context.ts";
import type { Store } from "../src/steps/store.ts";
import type { Answer } from "./run.ts";

/** What a command runs with. */
export interface Call<Inputs> {
  readonly inputs: Inputs;
  readonly args: readonly string[];
  readonly store: Store;
  readonly context: Context;
}

/** One command: a step (or a few) with its inputs. */
export interface Definition<Schema extends z.ZodObject> {
  /** Name and arguments as commander takes them: `exec <host> [command...]`. */
  readonly usage: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly inputs: Schema;
  readonly run: (call: Call<z.output<Schema>>) => Promise<Answer>;
}

/** Gives a definition its type from its inputs. */
export function define<Schema extends z.ZodObject>(definition: Definition<Schema>): Definition<Schema> {
  return definition;
}

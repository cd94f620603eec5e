import { createInterface } from "node:readline/promises";
import { Failure } from "../src/errors.ts";
import type { Context } from "../src/steps/context.ts";

export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };
type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

/**
 * A way to ask a person, where both streams are a terminal; nothing elsewhere. Whatever is not a yes, the end of
 * the input too, is a no.
 *
 * @throws Failure (from the answer) where the process is asked to stop.
 */
export function confirmOn(
  input: Input | undefined,
  output: Output,
  signal: AbortSignal,
): NonNullable<Context["confirm"]> | undefined {
  if (!input?.isTTY || !output.isTTY) return undefined;
  return async (question) => {
    // `terminal: false` leaves the line editing, and Ctrl-C, to the terminal: it reaches this process as SIGINT.
    const lines = createInterface({ input, output, terminal: false });
    const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
    try {
      const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal }), ended]);
      return /^y(es)?$/i.test(answer.trim());
    } catch (error) {
      if (signal.aborted) throw new Failure("interrupted; nothing was changed");
      throw error;
    } finally {
      lines.close();
    }
  };
}

import { CommanderError } from "commander";
import { afterInterruption, isStated, messageOf } from "../src/errors.ts";
import { type Output, terminalReporter } from "../src/report/terminal.ts";
import type { Context } from "../src/steps/context.ts";
import { buildCli } from "./cli.ts";
import { confirmOn, type Input } from "./confirm.ts";

/** What the command line is given: its streams, environment and folder, so that a test can give others. */
export interface Surroundings {
  /** Where a person answers a question; absent or no terminal, there is nobody to ask. */
  readonly stdin?: Input;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted on SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** What a command came to: the exit code, and what it says, in either form. */
export interface Answer {
  readonly exitCode: number;
  /** The one document that `--json` prints. */
  readonly json?: unknown;
  /** What a person reads, without a newline at the end. */
  readonly text?: string;
}

/** What to do once any command was interrupted: each goes on where it was stopped, and a teardown needs no other. */
const INTERRUPTED = "run it again; overbridge teardown removes what a cluster has so far";

/** Runs one command line. @returns its exit code: 0 done, 1 failed, 2 wrong input. */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdin, stdout, stderr, env, signal } = surroundings;
  const reporter = terminalReporter(stderr, env);
  const confirm = confirmOn(stdin, stderr, signal);
  const context: Context = { reporter, signal, env, ...(confirm ? { confirm } : {}) };
  const json = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : undefined).includes("--json");
  let answer: Answer | undefined;
  try {
    const cli = buildCli(context, surroundings, (given) => {
      answer = given;
    });
    await cli.parseAsync([...argv], { from: "user" });
    reporter.close();
    if (json && answer?.json !== undefined) stdout.write(`${JSON.stringify(answer.json, null, 2)}\n`);
    if (!json && answer?.text) stdout.write(`${answer.text}\n`);
    return answer?.exitCode ?? 0;
  } catch (thrown) {
    reporter.close();
    // commander has said what was wrong with the command line, or shown its help.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    const error = afterInterruption(thrown, signal, INTERRUPTED);
    const hint = isStated(error) ? error.hint : undefined;
    if (json)
      stdout.write(`${JSON.stringify({ ok: false, error: { message: messageOf(error), hint } }, null, 2)}\n`);
    stderr.write(`overbridge: ${messageOf(error)}\n`);
    if (hint) stderr.write(`hint: ${hint}\n`);
    if (isStated(error)) return error.exitCode;
    stderr.write(`This is a bug in overbridge. ${error instanceof Error ? error.stack : ""}\n`);
    return 1;
  }
}

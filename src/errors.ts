/**
 * The two ways a step ends without success that are nobody's bug. Both carry one line for a person:
 * what field or host, what was expected, what was found; and a hint: what to do about it.
 */
abstract class StatedError extends Error {
  abstract readonly exitCode: 1 | 2;
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** What the user asked for cannot be done as asked; nothing was changed. Exit code 2. */
export class InputError extends StatedError {
  override readonly name = "InputError";
  readonly exitCode = 2;
}

/** Something outside (a host, an API, the network) did not do its part. Exit code 1. */
export class Failure extends StatedError {
  override readonly name = "Failure";
  readonly exitCode = 1;
}

/** Whether an error was stated by us, so that its message alone says all a user needs. */
export function isStated(error: unknown): error is InputError | Failure {
  return error instanceof StatedError;
}

/**
 * What to tell of an error: where the process was asked to stop, whatever else was thrown is that and nobody's bug.
 *
 * @param hint what to do after an interruption.
 */
export function afterInterruption(error: unknown, signal: AbortSignal, hint: string): unknown {
  if (!signal.aborted || isStated(error)) return error;
  return new Failure("interrupted", hint, { cause: error });
}

/** The message of whatever was thrown, on one line. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s*\n\s*/g, "; ").trim();
}

import type { Reporter } from "../report/reporter.ts";

/** The effects every step is given; a test gives others. */
export interface Context {
  readonly reporter: Reporter;
  /** Aborted when the process is asked to stop: a step then ends what it started and throws. */
  readonly signal: AbortSignal;
  /** The environment: secrets (`OVERBRIDGE_SECRET`, API tokens) and agent sockets are read from here alone. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks a person; absent where there is none. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

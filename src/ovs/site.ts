import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { Engine } from "../docker/engine.ts";
import { Failure } from "../errors.ts";
import type { Context } from "../steps/context.ts";
import { type Ended, inContainer, type Job } from "./container.ts";
import type { Phases } from "./phases.ts";
import type { Architecture, Target } from "./targets.ts";

/** Where a build takes place, and what tells of it. */
export interface Site {
  readonly context: Context;
  readonly engine: Engine;
  readonly target: Target;
  readonly architecture: Architecture;
  /** The target's minimal image: its reference, and the engine's digest of it. */
  readonly image: { readonly reference: string; readonly id: string };
  readonly phases: Phases;
  /** A directory of this build alone. */
  readonly work: string;
  readonly log: Log;
}

/** What the programs of a build print. */
export interface Log {
  readonly path: string;
  write(line: string): void;
  /** The last lines, 40 at most. */
  tail(): readonly string[];
  /** Writes out what is left to write. */
  close(): Promise<void>;
  /** Closes it and removes the file. */
  discard(): Promise<void>;
}

const TAIL = 40;

export function openLog(path: string): Log {
  const file = createWriteStream(path, { mode: 0o600 });
  let broken: Error | undefined;
  file.on("error", (error) => {
    broken = error;
  });
  const last: string[] = [];
  const close = () => new Promise<void>((resolve) => (broken || file.closed ? resolve() : file.end(resolve)));
  return {
    path,
    write(line) {
      if (last.push(line) > TAIL) last.shift();
      if (!broken) file.write(`${line}\n`);
    },
    tail: () => [...last],
    close,
    discard: async () => {
      await close();
      await rm(path, { force: true });
    },
  };
}

/**
 * Runs a job, writes what it prints to the log, and lets `use` take what it made.
 *
 * @throws Failure naming the phase, the reason the program gave, and the log, of which the last lines are
 *   reported too, where its exit code is not 0. An exit code in `refusals` becomes an error of the caller's.
 */
export async function runJob<T>(
  site: Site,
  job: Omit<Job, "onLine">,
  use: (ended: Ended) => Promise<T>,
  options: { onLine?: (line: string) => void; refuse?: (code: number) => Error | undefined } = {},
): Promise<T> {
  site.log.write(`=== ${job.purpose} in ${job.image}`);
  const onLine = (line: string) => {
    site.log.write(line);
    options.onLine?.(line);
  };
  return inContainer(site.engine, { ...job, onLine }, async (ended) => {
    if (ended.code === 0) return use(ended);
    const refusal = options.refuse?.(ended.code ?? 0);
    if (refusal) throw refusal;
    const phase = site.phases.current ?? job.purpose;
    site.phases.fail(site.log.tail());
    const reason = reasonIn(ended.lines) ?? `exit code ${ended.code}`;
    throw new Failure(
      `${phase} failed for ${site.target}: ${reason}; log: ${site.log.path}`,
      /no space left on device/i.test(reason)
        ? "free disk space where Docker keeps its data"
        : "read the log",
    );
  });
}

/** The line of a program's output that says what went wrong, as the compiler, make, apt and dpkg write it. */
export function reasonIn(lines: readonly string[]): string | undefined {
  const full = lines.find((line) => /no space left on device/i.test(line));
  const stated = lines.find((line) => /^E: |(^|: )(fatal )?error: /i.test(line));
  return (full ?? stated ?? lines.at(-1))?.trim().slice(0, 300);
}

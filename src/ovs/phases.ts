import { performance } from "node:perf_hooks";
import type { Reporter } from "../report/reporter.ts";

/** The parts of a build, in their order. */
export type Phase = "image" | "source" | "dependencies" | "configure" | "compile" | "package" | "prove";

/** Tells how a build goes on, a phase at a time, and how long each took. */
export interface Phases {
  /** Ends the phase before, and begins this one; going on in the same one is no event. */
  begin(phase: Phase): void;
  /** The phase that is going on. */
  readonly current: Phase | undefined;
  /** The phase found what it needs and makes nothing new. */
  reuse(): void;
  /** Ends the last phase. */
  end(): void;
  /** Ends the phase as failed, with the last lines of its log. */
  fail(log: readonly string[]): void;
}

/** @param about whom the report speaks of: the target. */
export function openPhases(reporter: Reporter, about: string): Phases {
  let current: Phase | undefined;
  let since = 0;
  let made = true;

  function close(outcome: "ok" | "changed" | "failed", log: readonly string[] = []): void {
    if (current === undefined) return;
    const ms = Math.round(performance.now() - since);
    reporter.report({
      ...{ kind: "property", host: about, property: current, outcome, ms },
      ...(log.length > 0 ? { log } : {}),
    });
    current = undefined;
  }

  return {
    get current() {
      return current;
    },
    begin(phase) {
      if (phase === current) return;
      close(made ? "changed" : "ok");
      current = phase;
      since = performance.now();
      made = true;
      reporter.report({ kind: "doing", host: about, text: phase });
    },
    reuse() {
      made = false;
    },
    end() {
      close(made ? "changed" : "ok");
    },
    fail(log) {
      close("failed", log);
    },
  };
}

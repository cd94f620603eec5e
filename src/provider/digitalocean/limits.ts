/** What ends a request before its answer is there. */
export interface Limits {
  readonly signal: AbortSignal;
  /** `late` after the time-out, `stopped` after the caller's signal; nothing while neither has struck. */
  readonly struck: () => "late" | "stopped" | undefined;
  /** To be called when the answer is there. */
  dispose(): void;
}

/**
 * Ends a request `timeoutMs` after now, and `graceMs` after `stop` is aborted, whichever is first. (Timers of
 * our own: Node 20 may collect an `AbortSignal.timeout` that only an `AbortSignal.any` refers to.)
 */
export function limitsOf(stop: AbortSignal, timeoutMs: number, graceMs: number): Limits {
  const controller = new AbortController();
  let struck: "late" | "stopped" | undefined;
  const strike = (why: "late" | "stopped") => {
    struck ??= why;
    controller.abort();
  };
  const timers = [setTimeout(strike, timeoutMs, "late")];
  const onStop = () => {
    if (graceMs === 0) strike("stopped");
    else timers.push(setTimeout(strike, graceMs, "stopped"));
  };
  stop.addEventListener("abort", onStop, { once: true });
  return {
    signal: controller.signal,
    struck: () => struck,
    dispose() {
      stop.removeEventListener("abort", onStop);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/*
 * When the process is told to stop: 7.5 s after its SIGINT a runner sends SIGTERM, 2.5 s later it kills. Within
 * 7 s of the first signal all is ended and written down: STOP_MS + LAST_LOOK_MS, and what a file takes.
 */
/** Milliseconds that the answer to a create is still waited for: it names what was made. */
export const CREATE_GRACE_MS = 4_000;
/** Milliseconds until whatever has not ended by itself is not waited for any longer. */
const STOP_MS = 4_250;
/** Milliseconds for asking the account once more what there is. */
const LAST_LOOK_MS = 2_000;

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

/** Waits for work that is to end when `signal` is aborted, and then no longer than it is given. */
export async function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onStop = () => {};
  const stopped = new Promise<never>((_resolve, reject) => {
    onStop = () => {
      timer = setTimeout(() => reject(signal.reason), STOP_MS);
    };
    if (signal.aborted) onStop();
    else signal.addEventListener("abort", onStop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", onStop);
    clearTimeout(timer);
  }
}

/** Gives the last look a signal that is aborted when the time for it is over. */
export async function inLastMoments<T>(look: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), LAST_LOOK_MS);
  try {
    return await look(over.signal);
  } finally {
    clearTimeout(timer);
  }
}

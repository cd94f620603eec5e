import type { Target } from "./connection.ts";
import { noAnswer, stopped } from "./failure.ts";

/** How long something may take, and what may stop it before. */
export interface Limits {
  /** Milliseconds. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A signal that aborts, its reason a ConnectFailure, when the time is over or the caller's signal says so. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Does `work` under a deadline, and leaves neither timer nor listener behind. */
export async function withDeadline<T>(
  target: Target,
  limits: Limits,
  defaultMs: number,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const timeoutMs = limits.timeoutMs ?? defaultMs;
  const controller = new AbortController();
  const stop = () => controller.abort(stopped(target));
  if (limits.signal?.aborted) throw stopped(target);
  const timer = setTimeout(() => controller.abort(noAnswer(target, timeoutMs)), timeoutMs);
  limits.signal?.addEventListener("abort", stop, { once: true });
  try {
    return await work({ signal: controller.signal, timeoutMs });
  } finally {
    clearTimeout(timer);
    limits.signal?.removeEventListener("abort", stop);
  }
}

/**
 * Aborted when the runner asks the action to stop. A cancelled job gets SIGINT, after 7.5 seconds SIGTERM,
 * after 2.5 more it is killed.
 */
export function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
  }
  return interrupted.signal;
}

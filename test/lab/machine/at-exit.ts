const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;
const pending = new Set<() => void>();

/**
 * Has `cleanup` run, synchronously, when this process ends, by itself or by a signal that can be caught.
 *
 * @returns what takes it back, once the cleaning is done.
 */
export function atExit(cleanup: () => void): () => void {
  if (pending.size === 0) {
    process.on("exit", runAll);
    for (const signal of SIGNALS) process.on(signal, dieOf);
  }
  pending.add(cleanup);
  return () => {
    pending.delete(cleanup);
    if (pending.size === 0) unlisten();
  };
}

function runAll(): void {
  for (const cleanup of pending) cleanup();
  pending.clear();
}

/** Cleans up and then dies of the signal, as the process would have without a listener. */
function dieOf(signal: NodeJS.Signals): void {
  runAll();
  unlisten();
  process.kill(process.pid, signal);
}

function unlisten(): void {
  process.off("exit", runAll);
  for (const signal of SIGNALS) process.off(signal, dieOf);
}

import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const INTERVAL_MS = 100;

/**
 * Looks until `condition` holds.
 *
 * @param expired what to throw when `timeoutMs` have passed first.
 */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  expired: () => Error,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw expired();
    await pause(INTERVAL_MS);
  }
}

/** Whether an SSH server greets at this address. */
export async function sshAnswers(address: string, port: number): Promise<boolean> {
  const socket = connect({ host: address, port });
  try {
    const [greeting] = await once(socket, "data", { signal: AbortSignal.timeout(2_000) });
    return String(greeting).startsWith("SSH-2.0-");
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

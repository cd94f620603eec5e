import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Engine, linesOf } from "../../docker/engine.ts";
import { Failure } from "../../errors.ts";
import type { Context } from "../../steps/context.ts";

/** Milliseconds that a container may take to have its sshd up; seconds where the machine is not overloaded. */
const PATIENCE_MS = 120_000;
/** Milliseconds that one try waits for an answer, and between two tries. */
const TRY_MS = 1_000;
const PAUSE_MS = 100;
/** Every so many tries the container itself is looked at. */
const TRIES_A_LOOK = 20;

/**
 * Waits until a host's sshd introduces itself.
 *
 * @throws Failure naming the host, where its container stops first or nothing answers in two minutes.
 */
export async function waitForSshd(
  engine: Engine,
  host: { name: string; container: string; address: string },
  context: Pick<Context, "reporter" | "signal">,
): Promise<void> {
  const start = performance.now();
  let told = -1;
  for (let tries = 1; !(await introducesItself(host.address, context.signal)); tries++) {
    const waited = performance.now() - start;
    if (waited > PATIENCE_MS) {
      throw new Failure(
        `${host.name}: expected an SSH server at ${host.address} port 22, found none in ${PATIENCE_MS / 1000} s`,
        `docker exec ${host.container} journalctl -u ssh`,
      );
    }
    if (tries % TRIES_A_LOOK === 0) await requireRunning(engine, host);
    const seconds = Math.floor(waited / 1000);
    if (seconds !== told) {
      context.reporter.report({ kind: "doing", host: host.name, text: `waiting for sshd: ${seconds} s` });
    }
    told = seconds;
    await pause(PAUSE_MS, undefined, { signal: context.signal });
  }
}

function introducesItself(address: string, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22 });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(TRY_MS, () => settle(false));
    socket.once("data", (data) => settle(data.toString("latin1").startsWith("SSH-")));
    socket.once("error", () => settle(false));
    socket.once("close", () => settle(false));
  });
}

async function requireRunning(engine: Engine, host: { name: string; container: string }): Promise<void> {
  const format = "{{.State.Status}} {{.State.ExitCode}}";
  const { stdout } = await engine.attempt(["container", "inspect", "--format", format, host.container]);
  const [status = "gone", code = ""] = linesOf(stdout)[0]?.split(" ") ?? [];
  if (status === "running") return;
  throw new Failure(
    `${host.name}: expected its container to run, found it ${status}${code === "" ? "" : ` with exit code ${code}`}`,
    `docker logs ${host.container}`,
  );
}

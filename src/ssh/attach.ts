import { constants } from "node:os";
import { Failure } from "../errors.ts";
import type { Channels } from "./channels.ts";
import type { Terminal } from "./connection.ts";

/** This process's own terminal. */
export function ownTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  return { stdin, stdout, stderr, ...(env.TERM !== undefined && { term: env.TERM }) };
}

/** Runs a command on the host called `name`, or a login shell, joined to a terminal; resolves with its exit code. */
export async function joinTerminal(
  name: string,
  channels: Channels,
  command: string | undefined,
  terminal: Terminal,
): Promise<number> {
  const { stdin, stdout, stderr } = terminal;
  const interactive = stdin.isTTY === true;
  const { channel, ended } = await channels.open(command, interactive ? { pty: ptyOf(terminal) } : {});
  const resized = () => channel.setWindow(stdout.rows ?? 24, stdout.columns ?? 80, 0, 0);
  try {
    if (interactive) {
      stdin.setRawMode?.(true);
      stdout.on("resize", resized);
    }
    // What is typed after the host closed the session.
    channel.on("error", () => {});
    channel.pipe(stdout, { end: false });
    channel.stderr.pipe(stderr, { end: false });
    stdin.pipe(channel);
    const exit = await ended;
    if (!exit) throw new Failure(`${name}: the session ended without an exit code`);
    return exit.code ?? 128 + (constants.signals[exit.signal as NodeJS.Signals] ?? 0);
  } finally {
    stdout.off("resize", resized);
    if (interactive) stdin.setRawMode?.(false);
    stdin.unpipe(channel);
    // A terminal that is read from keeps the process alive.
    stdin.pause();
  }
}

function ptyOf({ stdout, term }: Terminal) {
  return { term: term ?? "xterm", rows: stdout.rows ?? 24, cols: stdout.columns ?? 80, width: 0, height: 0 };
}

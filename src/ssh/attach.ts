import { constants } from "node:os";
import type { ClientChannel } from "ssh2";
import { Failure } from "../errors.ts";
import type { Channels } from "./channels.ts";
import type { Terminal } from "./connection.ts";
import type { Link } from "./link.ts";

/** This process's own terminal. */
export function ownTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  return { stdin, stdout, stderr, ...(env.TERM !== undefined && { term: env.TERM }) };
}

/** Runs a command, or a login shell, joined to a terminal; resolves with its exit code. */
export async function joinTerminal(
  link: Link,
  channels: Channels,
  command: string | undefined,
  terminal: Terminal,
): Promise<number> {
  const { stdin, stdout } = terminal;
  const interactive = stdin.isTTY === true;
  const channel = await channels.open(command, interactive ? { pty: ptyOf(terminal) } : {});
  const resized = () => channel.setWindow(stdout.rows ?? 24, stdout.columns ?? 80, 0, 0);
  try {
    if (interactive) {
      stdin.setRawMode?.(true);
      stdout.on("resize", resized);
    }
    return await joined(link, channel, terminal);
  } finally {
    stdout.off("resize", resized);
    if (interactive) stdin.setRawMode?.(false);
    stdin.unpipe(channel);
    // A terminal that is read from keeps the process alive.
    stdin.pause();
  }
}

function joined(link: Link, channel: ClientChannel, { stdin, stdout, stderr }: Terminal): Promise<number> {
  return new Promise((resolve, reject) => {
    let exit: number | undefined;
    channel.once("exit", (code: number | null, signal?: string) => {
      exit = code ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
    });
    channel.once("close", () => {
      if (exit !== undefined) return resolve(exit);
      reject(link.lost() ?? new Failure(`${link.target.name}: the session ended without an exit code`));
    });
    // What is typed after the host closed the session.
    channel.on("error", () => {});
    channel.pipe(stdout, { end: false });
    channel.stderr.pipe(stderr, { end: false });
    stdin.pipe(channel);
  });
}

function ptyOf({ stdout, term }: Terminal) {
  return { term: term ?? "xterm", rows: stdout.rows ?? 24, cols: stdout.columns ?? 80, width: 0, height: 0 };
}

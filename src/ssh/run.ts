import { Readable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { Failure } from "../errors.ts";
import type { Started } from "./channels.ts";
import type { RunOptions, RunResult } from "./connection.ts";
import { seconds, stopped } from "./failure.ts";
import type { Link } from "./link.ts";
import { Collected, Lines, TooMuch } from "./output.ts";

/**
 * Gives a command that was just started its input and takes its output until it has ended. One that is given
 * up has its streams closed; what it does then is its own business.
 */
export function finish(link: Link, { channel, ended }: Started, options: RunOptions): Promise<RunResult> {
  const { name } = link.target;
  return new Promise((resolve, reject) => {
    const stdout = new Collected();
    const stderr = new Collected();
    const lines = options.onLine && new Lines(options.onLine);

    const settle = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", abort);
    };
    const giveUp = (error: unknown) => {
      settle();
      reject(error);
      channel.close();
    };
    const abort = () => giveUp(stopped(link.target));
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(
            () =>
              giveUp(new Failure(`${name}: a command did not end within ${seconds(options.timeoutMs ?? 0)}`)),
            options.timeoutMs,
          );
    options.signal?.addEventListener("abort", abort, { once: true });

    const take = (into: { push(piece: Buffer): void }) => (piece: Buffer) => {
      try {
        into.push(piece);
      } catch (error) {
        giveUp(
          error instanceof TooMuch ? new Failure(`${name}: a command was given up: ${error.message}`) : error,
        );
      }
    };
    channel.on("data", take(lines ?? stdout));
    channel.stderr.on("data", take(stderr));
    ended
      .then((exit) => {
        settle();
        if (!exit) throw new Failure(`${name}: a command ended without an exit code`);
        lines?.end();
        resolve({ ...exit, stdout: stdout.text(), stderr: stderr.text() });
      })
      .catch(giveUp);

    if (options.signal?.aborted) return abort();
    feed(channel, options.stdin, giveUp);
  });
}

/** Sends a command's standard input. One that ends before it has read all of it does no harm. */
function feed(channel: ClientChannel, stdin: RunOptions["stdin"], failed: (error: unknown) => void): void {
  // A write after the host closed the channel; what matters is how the command ended.
  channel.on("error", () => {});
  if (!(stdin instanceof Readable)) {
    channel.end(stdin);
    return;
  }
  stdin.once("error", failed);
  // ssh2 never answers a write to a closed channel: leave off, or the source waits for ever.
  channel.once("close", () => {
    stdin.unpipe(channel);
    stdin.destroy();
  });
  stdin.pipe(channel);
}

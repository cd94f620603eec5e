import type { ClientChannel, ExecOptions, ShellOptions } from "ssh2";
import { Failure, messageOf } from "../errors.ts";
import { fromHost } from "./failure.ts";
import type { Link } from "./link.ts";
import { Slots } from "./slots.ts";

/** sshd's MaxSessions unless its administrator chose otherwise. */
const SESSIONS = 10;

/** How a command ended: its exit code, or the signal (`SIGTERM`) that ended it. */
interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Started {
  readonly channel: ClientChannel;
  /**
   * Resolves when the command has ended and its output was read to the end; undefined where the host did
   * not say how it ended. Rejects where the link was lost.
   */
  readonly ended: Promise<Exit | undefined>;
}

/** Opens commands on one link, no more at once than the host allows; further ones wait their turn. */
export class Channels {
  readonly #link: Link;
  readonly #slots = new Slots(SESSIONS);

  constructor(link: Link) {
    this.#link = link;
  }

  /** Starts a command, or the user's shell. @throws Failure where the host would not, or the link is lost. */
  async open(command: string | undefined, options: ExecOptions & ShellOptions = {}): Promise<Started> {
    for (;;) {
      await this.#slots.take();
      try {
        return await this.#start(command, options);
      } catch (error) {
        // Not `messageOf`: only a refused session has a reason, RFC 4254's code for it.
        const refused = error instanceof Error && "reason" in error;
        const lost = this.#link.lost();
        if (refused && !lost && this.#slots.refused()) continue;
        if (!refused || lost) this.#slots.give();
        throw (
          lost ?? new Failure(`${this.#link.target.name}: sshd ran no command: ${fromHost(messageOf(error))}`)
        );
      }
    }
  }

  #start(command: string | undefined, options: ExecOptions & ShellOptions): Promise<Started> {
    return new Promise((resolve, reject) => {
      const lost = this.#link.lost();
      if (lost) return reject(lost);
      const opened = (error: Error | undefined, channel: ClientChannel) => {
        if (error) reject(error);
        else resolve(this.#started(channel));
      };
      const { client } = this.#link;
      // Throws at once where the socket has closed and nobody has told us yet.
      if (command !== undefined) client.exec(command, options, opened);
      else if (options.pty && typeof options.pty === "object") client.shell(options.pty, opened);
      else client.shell(false, opened);
    });
  }

  /** Must be called at once: how a short command ended may stand in the same packet as that it has begun. */
  #started(channel: ClientChannel): Started {
    let exit: Exit | undefined;
    channel.once("exit", (code: number | null, signal?: string) => {
      exit = { code, signal: signal ?? null };
    });
    channel.once("close", () => this.#slots.give());
    const ended = Promise.all([closed(channel), closed(channel.stderr)]).then(() => {
      const lost = this.#link.lost();
      // Even after an exit code: output that came before the link was lost may be missing.
      if (lost) throw lost;
      return exit;
    });
    // Whoever started the command may have given it up.
    ended.catch(() => {});
    return { channel, ended };
  }
}

function closed(stream: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => stream.once("close", () => resolve()));
}

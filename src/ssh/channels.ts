import type { ClientChannel, ExecOptions, ShellOptions } from "ssh2";
import { Failure, messageOf } from "../errors.ts";
import { fromHost } from "./failure.ts";
import type { Link } from "./link.ts";
import { Slots } from "./slots.ts";

/** sshd's MaxSessions unless its administrator chose otherwise. */
const SESSIONS = 10;

/** Opens commands on one link, no more at once than the host allows; further ones wait their turn. */
export class Channels {
  readonly #link: Link;
  readonly #slots = new Slots(SESSIONS);

  constructor(link: Link) {
    this.#link = link;
  }

  /** Starts a command, or the user's shell. @throws Failure where the host would not, or the link is lost. */
  async open(command: string | undefined, options: ExecOptions & ShellOptions = {}): Promise<ClientChannel> {
    for (;;) {
      await this.#slots.take();
      try {
        const channel = await this.#start(command, options);
        channel.once("close", () => this.#slots.give());
        return channel;
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

  #start(command: string | undefined, options: ExecOptions & ShellOptions): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const lost = this.#link.lost();
      if (lost) return reject(lost);
      const opened = (error: Error | undefined, channel: ClientChannel) => {
        if (error) reject(error);
        else resolve(channel);
      };
      const { client } = this.#link;
      // Throws at once where the socket has closed and nobody has told us yet.
      if (command !== undefined) client.exec(command, options, opened);
      else if (options.pty && typeof options.pty === "object") client.shell(options.pty, opened);
      else client.shell(false, opened);
    });
  }
}

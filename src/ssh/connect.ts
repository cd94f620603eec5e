import type { Readable } from "node:stream";
import { joinTerminal, ownTerminal } from "./attach.ts";
import { Channels } from "./channels.ts";
import type {
  Connection,
  Conversation,
  Identity,
  RunOptions,
  RunResult,
  Target,
  Terminal,
  UploadOptions,
} from "./connection.ts";
import { talk } from "./converse.ts";
import { type Limits, withDeadline } from "./deadline.ts";
import { type Link, openLink } from "./link.ts";
import type { Keepalive } from "./negotiate.ts";
import { finish } from "./run.ts";
import { sendFile } from "./upload.ts";

export interface ConnectOptions extends Limits {
  /** By default asks every 10 s, and takes the connection for lost when three answers are missing. */
  readonly keepalive?: Keepalive;
}

const DEFAULT_TIMEOUT_MS = 20_000;

/**
 * Opens an authenticated connection to one host. The host must show the pinned key; where it shows another,
 * the attempt ends before anything about us was sent.
 *
 * @param options `timeoutMs` is for all of it, jumps included: 20 s unless told otherwise.
 * @throws ConnectFailure whose `problem` says what kept the connection from coming about.
 */
export function connect(
  target: Target,
  identity: Identity,
  options: ConnectOptions = {},
): Promise<Connection> {
  return withDeadline(target, options, DEFAULT_TIMEOUT_MS, async (deadline) => {
    return new SshConnection(await openLink(target, identity, deadline, options.keepalive));
  });
}

class SshConnection implements Connection {
  readonly target: Target;
  readonly #link: Link;
  readonly #channels: Channels;

  constructor(link: Link) {
    this.target = link.target;
    this.#link = link;
    this.#channels = new Channels(link);
  }

  async run(command: string, options: RunOptions = {}): Promise<RunResult> {
    return finish(this.#link, await this.#channels.open(command), options);
  }

  async converse(command: string): Promise<Conversation> {
    return talk(this.#link, await this.#channels.open(command));
  }

  upload(content: Buffer | Readable, path: string, mode: number, options?: UploadOptions): Promise<void> {
    return sendFile(this, content, path, mode, options);
  }

  attach(command: string | undefined, terminal: Terminal = ownTerminal()): Promise<number> {
    return joinTerminal(this.target.name, this.#channels, command, terminal);
  }

  close(): void {
    this.#link.close();
  }
}

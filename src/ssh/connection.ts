import type { Readable, Writable } from "node:stream";

/** How to reach one host, and what proves that it is the right one. */
export interface Target {
  /** The host's name in messages. */
  readonly name: string;
  readonly user: string;
  /** An address or a DNS name, without brackets. */
  readonly address: string;
  readonly port: number;
  /** `ssh-ed25519 SHA256:…`: the one key this host may show. */
  readonly hostKey: string;
  /** Another host to go through (`ssh -J`), itself pinned. */
  readonly jump?: Target;
}

/** What proves who we are: private keys in OpenSSH format, tried in order, then the agent's. */
export interface Identity {
  readonly privateKeys: readonly string[];
  /** Path of an agent's socket. */
  readonly agent?: string;
}

export interface RunOptions {
  readonly stdin?: string | Buffer | Readable;
  /** Called with each whole line of standard output as it arrives (then not kept in the result). */
  readonly onLine?: (line: string) => void;
  /** Milliseconds after which the command is given up. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /** Exit code; null where a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it, e.g. `SIGTERM`. */
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs while we talk to it line by line. */
export interface Conversation {
  /** Sends one line. */
  send(line: string): void;
  /** The next line the command prints. Rejects with Failure when it ends or `timeoutMs` passes first. */
  next(timeoutMs: number): Promise<string>;
  /** Closes the command's standard input and resolves when it has ended; `stdout` is what nobody asked for. */
  end(): Promise<RunResult>;
}

export interface UploadOptions {
  /** Milliseconds after which the upload is given up. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Write as the user who logged in; otherwise as root, by sudo where the user is another. */
  readonly asUser?: boolean;
}

/** The three streams `attach` joins to a command; a terminal where `stdin` is one. */
export interface Terminal {
  readonly stdin: Readable & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly stdout: Writable & { columns?: number; rows?: number };
  readonly stderr: Writable;
  /** The terminal's kind, as in `$TERM`. */
  readonly term?: string;
}

/**
 * One authenticated connection to one host; all that is done on the host goes through it. Where the
 * connection is lost, what is under way and all that is asked after rejects with a Failure naming the host.
 */
export interface Connection {
  readonly target: Target;
  /** Runs a command; any exit code resolves. At most 16 MiB of each output are taken, and 1 MiB a line. */
  run(command: string, options?: RunOptions): Promise<RunResult>;
  converse(command: string): Promise<Conversation>;
  /**
   * Puts bytes into a file on the host, whole or not at all (a temporary name beside it, then a rename).
   * `mode` as in chmod; `path` absolute, its directory there.
   */
  upload(content: Buffer | Readable, path: string, mode: number, options?: UploadOptions): Promise<void>;
  /**
   * Runs a command, or a login shell, with this process's terminal attached (`overbridge ssh`); resolves
   * with its exit code, 128 + n where signal n ended it.
   */
  attach(command: string | undefined, terminal?: Terminal): Promise<number>;
  close(): void;
}

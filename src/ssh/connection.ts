import type { Readable } from "node:stream";

/** How to reach one host, and what proves that it is the right one. */
export interface Target {
  /** The host's name in messages. */
  readonly name: string;
  readonly user: string;
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
  /** Closes the command's standard input and resolves when it has ended. */
  end(): Promise<RunResult>;
}

/** One authenticated connection to one host; all that is done on the host goes through it. */
export interface Connection {
  readonly target: Target;
  run(command: string, options?: RunOptions): Promise<RunResult>;
  converse(command: string): Promise<Conversation>;
  /** Puts bytes into a file on the host, whole or not at all (a temporary name, then a rename). `mode` as in chmod. */
  upload(content: Buffer | Readable, path: string, mode: number): Promise<void>;
  /** Runs a command with this process's terminal attached (`overbridge ssh`); resolves with its exit code. */
  attach(command: string | undefined): Promise<number>;
  close(): void;
}

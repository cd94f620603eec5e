import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";
import { withoutSecrets } from "./environment.ts";

/** The last part of standard error that is kept, in characters: enough for any message worth showing. */
const KEPT_STDERR = 64 * 1024;

export interface ProcessOptions {
  readonly stdin?: string | Buffer | Readable;
  /** Takes standard output as bytes; ended only when the process succeeded, destroyed otherwise. */
  readonly stdout?: Writable;
  /** Called with each whole line of both outputs as it arrives; standard output is then not kept. */
  readonly onLine?: (line: string) => void;
  /** The environment (default: this process's), of which the program gets all but secrets. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends the process; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How to end it where this user may not signal it; SIGTERM to its process group otherwise. */
  readonly kill?: (pid: number) => void;
}

export interface ProcessResult {
  /** Exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of this machine without a shell, in a process group of its own, and resolves when it has
 * ended and its output is read, whatever its exit code.
 *
 * @throws the signal's reason when aborted; the system's error (`ENOENT`) where it cannot be started.
 */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const { signal } = options;
  signal?.throwIfAborted();
  const env = withoutSecrets(options.env ?? process.env);
  const child = spawn(command, args, { env, detached: true, stdio: "pipe" });
  const { pid } = child;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (pid === undefined) {
    await ended;
    throw new Error(`${command} has no process id`);
  }

  const stop = () => (options.kill ?? killGroup)(pid);
  signal?.addEventListener("abort", stop, { once: true });
  let inputError: unknown;
  const input = feed(child.stdin, options.stdin).catch((error: unknown) => {
    inputError = error;
    stop();
  });

  const out: string[] = [];
  let stderr = "";
  const keepError = (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR);
  };
  if (options.stdout) child.stdout.pipe(options.stdout, { end: false });
  else if (options.onLine) readLines(child.stdout, options.onLine);
  else readText(child.stdout, (text) => out.push(text));
  readText(child.stderr, keepError);
  if (options.onLine) readLines(child.stderr, options.onLine);

  try {
    const code = await ended;
    await input;
    signal?.throwIfAborted();
    if (inputError !== undefined) throw inputError;
    if (code === 0) options.stdout?.end();
    else options.stdout?.destroy(new Error(`${command} failed`));
    return { code, stdout: out.join(""), stderr };
  } catch (error) {
    options.stdout?.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGTERM");
  } catch {
    // It ended by itself meanwhile.
  }
}

/** A process that ends before it has read all its input is judged by its exit code, not by the broken pipe. */
async function feed(stdin: Writable, input: ProcessOptions["stdin"]): Promise<void> {
  if (input === undefined || typeof input === "string" || Buffer.isBuffer(input)) {
    stdin.on("error", () => {});
    stdin.end(input);
    return;
  }
  try {
    await pipeline(input, stdin);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "EPIPE" && code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  }
}

function readText(stream: Readable, take: (text: string) => void): void {
  const decoder = new StringDecoder("utf8");
  stream.on("data", (chunk: Buffer) => take(decoder.write(chunk)));
}

function readLines(stream: Readable, take: (line: string) => void): void {
  let rest = "";
  readText(stream, (text) => {
    const lines = (rest + text).split(/\r?\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
  stream.on("end", () => {
    if (rest !== "") take(rest);
  });
}

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Failure } from "../../src/errors.ts";
import type { Connection, Conversation, RunResult } from "../../src/ssh/connection.ts";

/**
 * A connection whose host is this machine: commands run in a shell here, behind `prefix` where given, such as
 * `ip netns exec NAME`. Uploads and terminals are not for tests of this.
 */
export function localConnection(name: string, prefix: readonly string[] = []): Connection {
  const children = new Set<ChildProcessWithoutNullStreams>();

  const start = (command: string) => {
    const [program = "sh", ...rest] = [...prefix, "sh", "-c", command];
    const child = spawn(program, rest);
    children.add(child);
    child.stdin.on("error", () => {});
    const texts = { stdout: "", stderr: "" };
    child.stderr.on("data", (piece) => {
      texts.stderr += piece;
    });
    const ended = new Promise<RunResult>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        children.delete(child);
        resolve({ code, signal, ...texts });
      });
    });
    return { child, texts, ended };
  };

  return {
    target: { name, user: "root", address: "127.0.0.1", port: 22, hostKey: "" },
    async run(command, { stdin = "" } = {}) {
      const { child, texts, ended } = start(command);
      child.stdout.on("data", (piece) => {
        texts.stdout += piece;
      });
      child.stdin.end(stdin);
      return ended;
    },
    async converse(command): Promise<Conversation> {
      const { child, ended } = start(command);
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      return {
        send: (line) => void child.stdin.write(`${line}\n`),
        async next() {
          const { value, done } = await lines.next();
          if (done) throw new Failure(`${name}: a command ended while it was listened to`);
          return value;
        },
        async end() {
          child.stdin.end();
          return ended;
        },
      };
    },
    close() {
      for (const child of children) child.kill("SIGKILL");
    },
    upload: () => Promise.reject(new Error("no uploads here")),
    attach: () => Promise.reject(new Error("no terminal here")),
  };
}

import { PassThrough } from "node:stream";
import { Failure } from "../errors.ts";
import type { Started } from "./channels.ts";
import type { Conversation, RunResult } from "./connection.ts";
import { fromHost, seconds } from "./failure.ts";
import type { Link } from "./link.ts";
import { MAX_OUTPUT_BYTES, TooMuch } from "./output.ts";
import { finish } from "./run.ts";

interface Listener {
  resolve(line: string): void;
  reject(error: unknown): void;
}

/** Talks with a command that was just started, line by line. */
export function talk(link: Link, command: Started): Conversation {
  const { name } = link.target;
  const stdin = new PassThrough();
  const unread: string[] = [];
  const listeners: Listener[] = [];
  let held = 0;
  let over: unknown;

  const result = finish(link, command, {
    stdin,
    onLine: (line) => {
      const listener = listeners.shift();
      if (listener) return listener.resolve(line);
      unread.push(line);
      held += line.length;
      if (held > MAX_OUTPUT_BYTES)
        throw new TooMuch(`it printed more than ${MAX_OUTPUT_BYTES} bytes unasked`);
    },
  });
  const ended = (error: unknown) => {
    over = error;
    for (const { reject } of listeners.splice(0)) reject(error);
  };
  result.then((how) => ended(endedEarly(name, how)), ended);

  return {
    send(line) {
      stdin.write(`${line}\n`);
    },
    next(timeoutMs) {
      const line = unread.shift();
      if (line !== undefined) {
        held -= line.length;
        return Promise.resolve(line);
      }
      if (over !== undefined) return Promise.reject(over);
      return new Promise((resolve, reject) => {
        const listener: Listener = {
          resolve: (line) => {
            clearTimeout(timer);
            resolve(line);
          },
          reject: (error) => {
            clearTimeout(timer);
            reject(error);
          },
        };
        const timer = setTimeout(() => {
          listeners.splice(listeners.indexOf(listener), 1);
          reject(new Failure(`${name}: a command said nothing for ${seconds(timeoutMs)}`));
        }, timeoutMs);
        listeners.push(listener);
      });
    },
    async end() {
      stdin.end();
      const how = await result;
      return {
        ...how,
        stdout: unread
          .splice(0)
          .map((line) => `${line}\n`)
          .join(""),
      };
    },
  };
}

function endedEarly(name: string, { code, signal, stderr }: RunResult): Failure {
  const said = fromHost(stderr);
  return new Failure(
    `${name}: a command ended while it was listened to (${signal ?? `exit code ${code}`})${said ? `: ${said}` : ""}`,
  );
}

import net from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { messageOf } from "../errors.ts";
import type { Target } from "./connection.ts";
import { ConnectFailure, endpoint, fromHost, socketFailure } from "./failure.ts";

/** A stream of bytes to a host's SSH port. */
export interface Wire {
  readonly stream: Duplex;
  /** Ends it at once, with all it goes through. */
  close(): void;
}

/** A wire by TCP. @throws ConnectFailure, or the signal's reason. */
export function straight(target: Target, signal: AbortSignal): Promise<Wire> {
  return new Promise((resolve, reject) => {
    // Without noDelay every command costs 40 ms and more: ssh2 writes small packets and waits for answers.
    const socket = net.connect({ host: target.address, port: target.port, noDelay: true });
    const aborted = () => {
      socket.destroy();
      reject(signal.reason);
    };
    if (signal.aborted) return aborted();
    signal.addEventListener("abort", aborted, { once: true });
    socket.on("error", (error) => {
      signal.removeEventListener("abort", aborted);
      reject(socketFailure(target, firstOf(error)));
    });
    socket.once("connect", () => {
      signal.removeEventListener("abort", aborted);
      resolve({ stream: socket, close: () => socket.destroy() });
    });
  });
}

/** A name with several addresses fails with one error for each; the first stands for them. */
function firstOf(error: Error): NodeJS.ErrnoException {
  return error instanceof AggregateError && error.errors[0] ? error.errors[0] : error;
}

/** A stream to `target` that `jump` opens for us. @throws ConnectFailure, or the signal's reason. */
export function through(client: Client, jump: Target, target: Target, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason);
    if (signal.aborted) return aborted();
    signal.addEventListener("abort", aborted, { once: true });
    client.forwardOut("127.0.0.1", 0, target.address, target.port, (error, stream) => {
      signal.removeEventListener("abort", aborted);
      if (error) reject(notPassedOn(jump, target, messageOf(error)));
      else resolve(stream);
    });
  });
}

/** Of problem `refused`: a host that boots refuses behind a jump host as it does in front of it. */
function notPassedOn(jump: Target, target: Target, message: string): ConnectFailure {
  const reason = fromHost(message).replace(/^\(SSH\) Channel open failure: /, "");
  return new ConnectFailure(
    "refused",
    `${target.name}: ${jump.name} could not pass us on to ${endpoint(target)}: ${reason}`,
    `does sshd run there, can ${jump.name} reach it, and does the sshd of ${jump.name} allow forwarding?`,
  );
}

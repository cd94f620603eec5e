import { spawn } from "node:child_process";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import ssh2, { type Connection as ServerConnection, type Session } from "ssh2";
import { expect, onTestFinished, vi } from "vitest";
import { fingerprintOf } from "../../src/cluster/fingerprint.ts";
import { keyPairOf } from "../../src/cluster/keys.ts";
import type { Identity, Target } from "../../src/ssh/connection.ts";

// Every command is a process or two: on a busy machine that takes as long as it takes.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

/** Waits until what is read is as the assertion after it says. */
export const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

/** The same key for the same number, so that a test can name keys. */
export const testKey = (n: number) => keyPairOf(Buffer.alloc(32, n));
export const hostKey = testKey(1);
export const clientKey = testKey(2);
export const identity: Identity = { privateKeys: [clientKey.privateKey] };

export interface ServerOptions {
  /** Private keys; the host has one by default. */
  readonly hostKeys?: readonly string[];
  /** The fingerprints of the keys it lets in. */
  readonly authorized?: () => readonly string[];
  /** How many sessions a connection may have at once; more are refused, as sshd does. */
  readonly maxSessions?: number;
  readonly address?: string;
  readonly port?: number;
  /** What commands run in. */
  readonly env?: NodeJS.ProcessEnv;
  /** Whether it passes connections on. */
  readonly forwards?: boolean;
}

export interface TestServer {
  readonly target: Target;
  /** `METHOD USER FINGERPRINT` of each attempt to log in. */
  readonly attempts: readonly string[];
  readonly commands: readonly string[];
  /** The most sessions one connection had at once. */
  mostSessions(): number;
  /** Breaks every connection. */
  drop(): void;
  close(): Promise<void>;
}

/** An SSH server on loopback that runs commands with sh, and goes when the test is over. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const {
    hostKeys = [hostKey.privateKey],
    authorized = () => [clientKey.fingerprint],
    address = "127.0.0.1",
  } = options;
  const attempts: string[] = [];
  const commands: string[] = [];
  const sockets = new Set<net.Socket>();
  let most = 0;

  const ssh = new ssh2.Server({ hostKeys: [...hostKeys] }, (client) => {
    client.on("error", () => {});
    client.on("authentication", (attempt) => {
      const key = attempt.method === "publickey" ? fingerprintOf(attempt.key.data) : "";
      attempts.push(`${attempt.method} ${attempt.username} ${key}`.trim());
      if (authorized().includes(key)) attempt.accept();
      else attempt.reject(["publickey"]);
    });
    client.on("ready", () =>
      serve(client, options, commands, (open) => {
        most = Math.max(most, open);
      }),
    );
  });
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    ssh.injectSocket(socket);
  });
  server.listen(options.port ?? 0, address);
  await once(server, "listening");
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    drop();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  const target = { name: "host1", user: "root", address, port, hostKey: hostKey.fingerprint };
  return { target, attempts, commands, mostSessions: () => most, drop, close };
}

function serve(
  client: ServerConnection,
  { maxSessions = 10, env = process.env, forwards = false }: ServerOptions,
  commands: string[],
  opened: (open: number) => void,
): void {
  let open = 0;
  client.on("session", (accept, reject) => {
    if (open >= maxSessions) return reject();
    open += 1;
    opened(open);
    const session: Session = accept();
    session.on("pty", (yes) => yes?.());
    session.on("window-change", (yes) => yes?.());
    session.on("exec", (start, _refuse, { command }) => {
      commands.push(command);
      const channel = start();
      const child = spawn("/bin/sh", ["-c", command], { env });
      channel.on("error", () => {});
      child.stdin.on("error", () => {});
      channel.pipe(child.stdin);
      child.stdout.pipe(channel, { end: false });
      child.stderr.pipe(channel.stderr, { end: false });
      child.once("close", (code, signal) => {
        open -= 1;
        if (signal) channel.exit(signal.replace("SIG", ""));
        else channel.exit(code ?? 0);
        channel.end();
      });
    });
  });
  client.on("tcpip", (accept, reject, { destIP, destPort }) => {
    if (!forwards) return reject();
    const onward = net.connect({ host: destIP, port: destPort, noDelay: true });
    onward.once("error", () => reject());
    onward.once("connect", () => {
      const channel = accept();
      channel.pipe(onward).pipe(channel);
      onward.on("error", () => channel.destroy());
    });
  });
}

/** A TCP port that passes everything on to a server, until it is told to fall silent. */
export async function startProxy(target: Target): Promise<{ target: Target; silence(): void }> {
  const pairs = new Set<[net.Socket, net.Socket]>();
  const proxy = net.createServer({ noDelay: true }, (near) => {
    const far = net.connect({ host: target.address, port: target.port, noDelay: true });
    for (const socket of [near, far]) socket.on("error", () => {});
    near.pipe(far).pipe(near);
    pairs.add([near, far]);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => {
    for (const socket of [...pairs].flat()) socket.destroy();
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo;
  return {
    target: { ...target, port },
    silence() {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        near.resume();
        far.resume();
      }
    },
  };
}

/** A port of this machine that nothing listens on. */
export async function unusedPort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import ssh2 from "ssh2";
import { expect, onTestFinished, test } from "vitest";
import { fingerprintOf } from "../../src/cluster/fingerprint.ts";
import { Failure } from "../../src/errors.ts";
import { connect } from "../../src/ssh/connect.ts";
import type { Connection, Target } from "../../src/ssh/connection.ts";
import { ConnectFailure } from "../../src/ssh/failure.ts";
import { scanHostKey } from "../../src/ssh/scan.ts";
import { clientKey, hostKey, identity, startProxy, startServer, testKey, unusedPort } from "./server.ts";

const nowhere: Target = {
  name: "host1",
  user: "root",
  address: "127.0.0.1",
  port: 1,
  hostKey: hostKey.fingerprint,
};

async function open(...of: Parameters<typeof connect>): Promise<Connection> {
  const connection = await connect(...of);
  onTestFinished(() => connection.close());
  return connection;
}

/** How a connection failed. */
async function failureOf(...of: Parameters<typeof connect>): Promise<ConnectFailure> {
  const error = await connect(...of).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof ConnectFailure)) throw new Error("expected a ConnectFailure", { cause: error });
  return error;
}

/** A listener that is no SSH server: `serve` does with each connection what the test is about. */
async function listener(serve: (socket: net.Socket) => void): Promise<Target> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { ...nowhere, port: (server.address() as AddressInfo).port };
}

test("a host with the pinned key is let in to, and the key proves us", async () => {
  const server = await startServer();
  const connection = await open(server.target, identity);
  expect(await connection.run("echo here")).toEqual({ code: 0, signal: null, stdout: "here\n", stderr: "" });
});

test("an IPv6 address is connected to", async () => {
  const server = await startServer({ address: "::1" });
  const connection = await open(server.target, identity);
  expect((await connection.run("echo six")).stdout).toBe("six\n");
});

test("a wrong host key shows both keys, and the host learns nothing of us", async () => {
  const server = await startServer({ hostKeys: [testKey(9).privateKey] });
  const failure = await failureOf(server.target, identity);
  expect(failure.problem).toBe("host-key");
  expect(failure.message).toBe(
    `host1: wrong host key at 127.0.0.1:${server.target.port}: expected ${hostKey.fingerprint}, found ${testKey(9).fingerprint}`,
  );
  expect(server.attempts).toEqual([]);
});

test("of several host keys the pinned one is shown, whatever the host prefers", async () => {
  const ecdsa = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const rsa = ssh2.utils.generateKeyPairSync("rsa", { bits: 2048 });
  const server = await startServer({ hostKeys: [hostKey.privateKey, ecdsa.private, rsa.private] });
  for (const key of [ecdsa.public, rsa.public, hostKey.publicKey]) {
    const connection = await open({ ...server.target, hostKey: fingerprintOf(key) }, identity);
    expect((await connection.run("echo in")).stdout).toBe("in\n");
  }
});

test("a host without a key of the pinned type shows what it has instead", async () => {
  const ecdsa = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const server = await startServer({ hostKeys: [ecdsa.private] });
  const failure = await failureOf(server.target, identity);
  expect(failure.problem).toBe("host-key");
  expect(failure.message).toContain(`expected ${hostKey.fingerprint}, found ${fingerprintOf(ecdsa.public)}`);
  expect(server.attempts).toEqual([]);
});

test("a pinned key of an unknown type connects to nothing", async () => {
  const server = await startServer();
  const failure = await failureOf(
    { ...server.target, hostKey: `ssh-dss ${"SHA256:".padEnd(50, "A")}` },
    identity,
  );
  expect(failure.problem).toBe("host-key");
  expect(failure.message).toContain("found 'ssh-dss'");
  expect(server.attempts).toEqual([]);
});

test("refused authentication names the user and every key that was tried", async () => {
  const server = await startServer({ authorized: () => [] });
  const keys = [clientKey, testKey(3)];
  const failure = await failureOf(server.target, { privateKeys: keys.map((key) => key.privateKey) });
  expect(failure.problem).toBe("authentication");
  expect(failure.message).toBe(
    `host1: 127.0.0.1:${server.target.port} does not let root in: ` +
      `tried key ${clientKey.fingerprint}, key ${testKey(3).fingerprint}`,
  );
  expect(failure.message).not.toContain("PRIVATE KEY");
  expect(server.attempts).toEqual(keys.map((key) => `publickey root ${key.fingerprint}`));
});

test("the second key is tried where the first is refused", async () => {
  const server = await startServer({ authorized: () => [testKey(3).fingerprint] });
  const keys = [clientKey.privateKey, testKey(3).privateKey];
  const connection = await open(server.target, { privateKeys: keys });
  expect((await connection.run("echo in")).stdout).toBe("in\n");
});

test("an agent that does not answer is told of, and no end", async () => {
  const server = await startServer({ authorized: () => [] });
  const failure = await failureOf(server.target, { privateKeys: [], agent: "/nonexistent/agent" });
  expect(failure.problem).toBe("authentication");
  expect(failure.message).toContain("the agent at /nonexistent/agent, which gave no keys");
});

test("a refused connection says so", async () => {
  const failure = await failureOf({ ...nowhere, port: await unusedPort() }, identity);
  expect(failure.problem).toBe("refused");
  expect(failure.message).toMatch(/^host1: 127\.0\.0\.1:\d+ refused the connection$/);
});

test("a name without an address says so", async () => {
  const failure = await failureOf({ ...nowhere, address: "no-such-host.invalid" }, identity);
  expect(failure.problem).toBe("name");
  expect(failure.message).toContain("host1: the name no-such-host.invalid has no address");
});

test("a host that takes the connection and says nothing runs into the time-out", async () => {
  const failure = await failureOf(await listener(() => {}), identity, { timeoutMs: 50 });
  expect(failure.problem).toBe("timeout");
  expect(failure.message).toContain(
    "took the connection but did not come through the key exchange within 0.05 s",
  );
});

test("a host that is slow to greet is waited for", async () => {
  const server = await startServer();
  const slow = await listener(async (socket) => {
    await sleep(100);
    const onward = net.connect(server.target.port, "127.0.0.1");
    onward.on("error", () => {});
    socket.pipe(onward).pipe(socket);
  });
  const connection = await open(slow, identity);
  expect((await connection.run("echo at last")).stdout).toBe("at last\n");
});

test.each([
  ["closes at once", (socket: net.Socket) => socket.destroy()],
  ["is a web server", (socket: net.Socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["sends noise after its greeting", (socket: net.Socket) => socket.end(`SSH-2.0-x\r\n${"\xff".repeat(64)}`)],
])("a host that %s is a lost connection", async (_what, serve) => {
  const failure = await failureOf(await listener(serve), identity, { timeoutMs: 5_000 });
  expect(failure.problem).toBe("dropped");
  expect(failure.message).toMatch(/^host1: the connection to 127\.0\.0\.1:\d+ was lost: .+$/);
});

test("no algorithm in common says which kind", async () => {
  const server = new ssh2.Server(
    { hostKeys: [hostKey.privateKey], algorithms: { kex: ["diffie-hellman-group14-sha1"] } },
    (client) => client.on("error", () => {}),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const failure = await failureOf({ ...nowhere, port }, identity);
  expect(failure.problem).toBe("algorithms");
  expect(failure.message).toContain("have no key exchange algorithm in common");
});

test("an abort ends an attempt", async () => {
  const stop = new AbortController();
  const target = await listener(() => stop.abort());
  expect((await failureOf(target, identity, { signal: stop.signal })).problem).toBe("stopped");
  expect((await failureOf(target, identity, { signal: stop.signal })).problem).toBe("stopped");
});

test("a connection that breaks fails what is under way and what comes after, naming the host", async () => {
  const server = await startServer();
  const connection = await open(server.target, identity);
  const running = connection.run("echo begun; sleep 60", { onLine: () => server.drop() });
  const dropped = /^host1: the connection to 127\.0\.0\.1:\d+ was lost: /;
  await expect(running).rejects.toThrow(dropped);
  await expect(running).rejects.toBeInstanceOf(Failure);
  await expect(connection.run("true")).rejects.toThrow(dropped);
});

test("a dead connection is noticed by its silence", async () => {
  const server = await startServer();
  const proxy = await startProxy(server.target);
  const connection = await open(proxy.target, identity, { keepalive: { intervalMs: 20, missed: 2 } });
  const running = connection.run("echo begun; sleep 60", { onLine: () => proxy.silence() });
  await expect(running).rejects.toThrow(/^host1: .* was lost: the host did not answer for 0\.06 s$/);
});

test("a jump host passes us on, and both keys are pinned", async () => {
  const bastion = await startServer({ forwards: true });
  const inner = await startServer({ hostKeys: [testKey(5).privateKey] });
  const jump = { ...bastion.target, name: "bastion" };
  const target = { ...inner.target, name: "inner", hostKey: testKey(5).fingerprint, jump };
  const connection = await open(target, identity);
  expect((await connection.run("echo inside")).stdout).toBe("inside\n");

  const wrongInner = await failureOf({ ...target, hostKey: hostKey.fingerprint }, identity);
  expect(wrongInner.message).toContain(`expected ${hostKey.fingerprint}, found ${testKey(5).fingerprint}`);
  const wrongJump = await failureOf(
    { ...target, jump: { ...jump, hostKey: testKey(7).fingerprint } },
    identity,
  );
  expect(wrongJump.message).toMatch(/^bastion: wrong host key/);
});

test("a jump host that does not pass us on is named with the host", async () => {
  const bastion = await startServer({ forwards: false });
  const target = { ...nowhere, name: "inner", jump: { ...bastion.target, name: "bastion" } };
  expect((await failureOf(target, identity)).message).toMatch(
    /^inner: bastion could not pass us on to 127\.0\.0\.1:1: /,
  );
});

test("a host's key is read without a word about us", async () => {
  const ecdsa = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const server = await startServer({ hostKeys: [ecdsa.private, hostKey.privateKey] });
  const nobody = { privateKeys: [] };
  expect(await scanHostKey(server.target, nobody)).toBe(hostKey.fingerprint);
  expect(await scanHostKey(server.target, nobody, {}, ["ecdsa-sha2-nistp256"])).toBe(
    fingerprintOf(ecdsa.public),
  );
  expect(await scanHostKey(server.target, nobody, {}, ["ssh-rsa"])).toBeUndefined();
  expect(server.attempts).toEqual([]);
});

import { expect, test } from "vitest";
import { waitForHost } from "../../src/ssh/wait.ts";
import { clientKey, eventually, identity, startServer, testKey, unusedPort } from "./server.ts";

test("a host that is not up yet is waited for", async () => {
  const port = await unusedPort();
  const { target } = await startServer();
  const told: string[] = [];
  const waiting = waitForHost({ ...target, port }, identity, {
    timeoutMs: 20_000,
    onProgress: (text) => told.push(text),
  });
  await eventually(() => told.length).toBeGreaterThan(1);
  await startServer({ port });
  const connection = await waiting;
  expect((await connection.run("echo up")).stdout).toBe("up\n");
  connection.close();
  for (const text of told) expect(text).toMatch(/^waiting for sshd: \d+ s$/);
});

test("a host that never answers fails with its name and the last reason", async () => {
  const { target } = await startServer();
  const port = await unusedPort();
  await expect(waitForHost({ ...target, port }, identity, { timeoutMs: 50 })).rejects.toThrow(
    `host1: no SSH at 127.0.0.1:${port} after 0.05 s of waiting; last: 127.0.0.1:${port} refused the connection`,
  );
});

test("a wrong host key ends the wait at once", async () => {
  const server = await startServer({ hostKeys: [testKey(9).privateKey] });
  await expect(waitForHost(server.target, identity, { timeoutMs: 60_000 })).rejects.toThrow(/wrong host key/);
  expect(server.attempts).toEqual([]);
});

test("a key that is refused is tried again, for it may not be there yet", async () => {
  const authorized: string[] = [];
  const server = await startServer({ authorized: () => authorized });
  const waiting = waitForHost(server.target, identity, { timeoutMs: 20_000 });
  await eventually(() => server.attempts.length).toBe(1);
  authorized.push(clientKey.fingerprint);
  (await waiting).close();
});

test("a key that stays refused is not tried for ever", async () => {
  const server = await startServer({ authorized: () => [] });
  await expect(waitForHost(server.target, identity, { timeoutMs: 60_000, refusalMs: 0 })).rejects.toThrow(
    /^host1: 127\.0\.0\.1:\d+ does not let root in/,
  );
  expect(server.attempts).toHaveLength(1);
});

test("a wait that is stopped ends", async () => {
  const { target } = await startServer();
  const stop = new AbortController();
  const waiting = waitForHost({ ...target, port: await unusedPort() }, identity, {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await expect(waiting).rejects.toThrow("host1: stopped before it was through");
});

import { readdir, readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Failure, InputError } from "../../src/errors.ts";
import { sha256Of } from "../../src/ovs/digest.ts";
import { type DownloadOptions, download } from "../../src/ovs/download.ts";
import { temporary } from "./fixture.ts";

const TARBALL = "a tarball".repeat(1000);

/** A server on loopback for the length of a test. @returns its address. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/openvswitch-9.9.9.tar.gz`;
}

const signal = new AbortController().signal;

/** Downloads into an empty directory. @returns the error, and what is in the directory then. */
async function refused(url: string, options: Partial<DownloadOptions> = {}) {
  const directory = await temporary();
  const error: unknown = await download(url, join(directory, "x.tar.gz"), { signal, ...options }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, left: await readdir(directory) };
}

describe("download", () => {
  test("brings the file whole, and says its digest", async () => {
    const url = await serve((_, response) => response.end(TARBALL));
    const path = join(await temporary(), "x.tar.gz");
    const sha256 = sha256Of(TARBALL);
    expect(await download(url, path, { signal, sha256 })).toBe(sha256);
    expect(await readFile(path, "utf8")).toBe(TARBALL);
  });

  test("follows a redirection to a mirror", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/mirror") response.end(TARBALL);
      else response.writeHead(302, { location: "/mirror" }).end();
    });
    expect(await download(url, join(await temporary(), "x"), { signal })).toBe(sha256Of(TARBALL));
  });

  test("leaves nothing of another digest, and shows both", async () => {
    const url = await serve((_, response) => response.end(TARBALL));
    const { error, left } = await refused(url, { sha256: "f".repeat(64) });
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toBe(
      `${url}: expected sha256 ${"f".repeat(64)}, found ${sha256Of(TARBALL)}`,
    );
    expect(left).toEqual([]);
  });

  test.each([
    [404, InputError, /the server answers 404 Not Found/],
    [503, Failure, /the server answers 503 Service Unavailable/],
  ])("answer %d is an error of its own", async (status, type, message) => {
    const url = await serve((_, response) => response.writeHead(status).end("<html>"));
    const { error, left } = await refused(url);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toMatch(message);
    expect(left).toEqual([]);
  });

  test("gives up on a server that breaks off, falls silent, sends too much, or is not there", async () => {
    const breaksOff = await serve((_, response) => {
      response.writeHead(200, { "content-length": "100000" }).write("half", () => response.destroy());
    });
    const silent = await serve((_, response) => response.writeHead(200).write("half"));
    const endless = await serve((_, response) => response.end(TARBALL));
    const gone = "http://127.0.0.1:1/x.tar.gz";
    const outcomes = await Promise.all([
      refused(breaksOff),
      refused(silent, { silence: 100 }),
      refused(endless, { limit: 100 }),
      refused(gone),
    ]);
    for (const { error, left } of outcomes) {
      expect(error).toBeInstanceOf(Failure);
      expect(left).toEqual([]);
    }
    const messages = outcomes.map(({ error }) => (error as Error).message);
    expect(messages[1]).toContain("nothing came for 0.1 s");
    expect(messages[2]).toContain("expected at most 100 bytes");
    expect(messages[3]).toContain(`${gone} cannot be downloaded`);
  });

  test("ends when it is cancelled, and leaves nothing", async () => {
    const abort = new AbortController();
    const reason = new Error("cancelled");
    const url = await serve((_, response) =>
      response.writeHead(200).write("half", () => abort.abort(reason)),
    );
    expect(await refused(url, { signal: abort.signal })).toEqual({ error: reason, left: [] });
  });
});

import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import ssh2 from "ssh2";
import { expect, onTestFinished, test } from "vitest";
import { fingerprintOf } from "../../src/cluster/fingerprint.ts";
import { InputError } from "../../src/errors.ts";
import { parseKnownHosts, pinnedKey, readKnownHosts } from "../../src/ssh/known-hosts.ts";
import { testKey } from "./server.ts";

const one = testKey(1);
const two = testKey(2);
const ecdsa = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 }).public;
const rsa = ssh2.utils.generateKeyPairSync("rsa", { bits: 2048 }).public;

/** The key that a file pins for a host. */
function pinned(text: string, address: string, port = 22): string | undefined {
  return pinnedKey(parseKnownHosts(text), { address, port });
}

/** A name as `ssh-keygen -H` writes it. */
function hashed(name: string): string {
  const salt = Buffer.alloc(20, 7);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

test("a host is known by its names and addresses, whatever their case", () => {
  const text = `# of my own\n\nHost.example,192.0.2.7,2001:db8::7 ${one.publicKey} a comment\r\n`;
  for (const address of ["host.example", "192.0.2.7", "2001:db8::7"]) {
    expect(pinned(text, address)).toBe(one.fingerprint);
  }
  expect(pinned(text, "192.0.2.8")).toBeUndefined();
});

test("a port other than 22 is another host", () => {
  const text = `host ${one.publicKey}\n[host]:2222,[::1]:2222 ${two.publicKey}`;
  expect(pinned(text, "host")).toBe(one.fingerprint);
  expect(pinned(text, "host", 2222)).toBe(two.fingerprint);
  expect(pinned(text, "::1", 2222)).toBe(two.fingerprint);
  expect(pinned(text, "host", 2223)).toBeUndefined();
  expect(pinned(text, "::1")).toBeUndefined();
});

test("hashed names are found", () => {
  const text = `${hashed("host")} ${one.publicKey}\n${hashed("[host]:2222")} ${two.publicKey}`;
  expect(pinned(text, "host")).toBe(one.fingerprint);
  expect(pinned(text, "host", 2222)).toBe(two.fingerprint);
  expect(pinned(text, "other")).toBeUndefined();
});

test("patterns match, and exceptions to them do not", () => {
  const text = `*.example,!bad.example,10.0.?.1 ${one.publicKey}`;
  expect(pinned(text, "a.b.example")).toBe(one.fingerprint);
  expect(pinned(text, "10.0.9.1")).toBe(one.fingerprint);
  expect(pinned(text, "10.0.99.1")).toBeUndefined();
  expect(pinned(text, "bad.example")).toBeUndefined();
  expect(pinned(text, "example")).toBeUndefined();
  expect(pinned(`${"*a".repeat(60)} ${one.publicKey}`, `${"a".repeat(200)}b`)).toBeUndefined();
});

test("of several keys ed25519 is preferred, then ECDSA, then RSA", () => {
  expect(pinned(`h ${rsa}\nh ${ecdsa}\nh ${one.publicKey}\nh ${two.publicKey}`, "h")).toBe(one.fingerprint);
  expect(pinned(`h ${rsa}\nh ${ecdsa}`, "h")).toBe(fingerprintOf(ecdsa));
  expect(pinned(`h ${rsa}`, "h")).toBe(fingerprintOf(rsa));
});

test("a revoked key is no key, and a certificate authority none of a host", () => {
  expect(pinned(`h ${one.publicKey}\n@revoked * ${one.publicKey}`, "h")).toBeUndefined();
  expect(pinned(`@revoked h ${one.publicKey}\nh ${one.publicKey}\nh ${two.publicKey}`, "h")).toBe(
    two.fingerprint,
  );
  expect(pinned(`@cert-authority *.example ${one.publicKey}`, "a.example")).toBeUndefined();
});

test("lines that cannot be read are passed over", () => {
  const [type, base64] = one.publicKey.split(" ");
  const broken = [
    "h",
    `h ${type}`,
    `h ${type} !!!`,
    `h ${type} AAAA`,
    `h ssh-rsa ${base64}`,
    `h ssh-dss ${base64}`,
    `#h ${two.publicKey}`,
    "|1|x ssh-ed25519 AAAA",
  ];
  expect(pinned([...broken, `h ${one.publicKey}`].join("\n"), "h")).toBe(one.fingerprint);
});

test("a file that is not there knows nobody; one that cannot be read is the user's to mend", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "overbridge-known-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  expect(await readKnownHosts(path.join(directory, "none"))).toEqual([]);
  await expect(readKnownHosts(directory)).rejects.toThrow(InputError);
  await writeFile(path.join(directory, "known"), `h ${one.publicKey}\n`);
  expect(pinnedKey(await readKnownHosts(path.join(directory, "known")), { address: "h", port: 22 })).toBe(
    one.fingerprint,
  );
});

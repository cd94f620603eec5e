import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fingerprintOf } from "../../src/cluster/fingerprint.ts";
import { InputError } from "../../src/errors.ts";
import { connect } from "../../src/ssh/connect.ts";
import { loadIdentity } from "../../src/ssh/identity.ts";
import { startServer, testKey } from "./server.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "overbridge-keys-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const place = path.join(directory, name);
  await writeFile(place, text, { mode: 0o600 });
  return place;
}

/** A new key in PKCS#8, as `openssl genpkey` writes it. */
function pkcs8(key: KeyObject, passphrase?: string): string {
  const cipher = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  return key.export({ type: "pkcs8", format: "pem", ...cipher }).toString();
}

test.each([
  ["OpenSSH's ed25519", () => testKey(4).privateKey],
  ["OpenSSH's RSA", () => ssh2.utils.generateKeyPairSync("rsa", { bits: 2048 }).private],
  ["OpenSSH's ECDSA", () => ssh2.utils.generateKeyPairSync("ecdsa", { bits: 384 }).private],
  ["PKCS#8's ed25519", () => pkcs8(generateKeyPairSync("ed25519").privateKey)],
  ["PKCS#8's RSA", () => pkcs8(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey)],
  ["PKCS#8's ECDSA", () => pkcs8(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey)],
])("a key in %s format logs in", async (name, make) => {
  const identity = await loadIdentity({ keyFiles: [await file(name.replace(/\W/g, ""), make())] });
  const key = ssh2.utils.parseKey(identity.privateKeys[0] ?? "");
  if (key instanceof Error) throw key;
  const server = await startServer({ authorized: () => [fingerprintOf(key.getPublicSSH())] });
  const connection = await connect(server.target, identity);
  expect((await connection.run("echo in")).stdout).toBe("in\n");
  connection.close();
});

test("keys that are known come first, then files in their order, then the agent", async () => {
  const files = [await file("a", testKey(5).privateKey), await file("b", testKey(6).privateKey)];
  const identity = await loadIdentity({
    keys: [testKey(4).privateKey],
    keyFiles: files,
    env: { SSH_AUTH_SOCK: "/run/agent" },
  });
  const keys = [4, 5, 6].map((n) => testKey(n).privateKey.trim());
  expect(identity.privateKeys.map((key) => key.trim())).toEqual(keys);
  expect(identity.agent).toBe("/run/agent");
});

const openssh = { cipher: "aes256-cbc", passphrase: "secret", rounds: 1 };
test.each([
  ["an encrypted key", ssh2.utils.generateKeyPairSync("ed25519", openssh).private, "encrypted"],
  ["an encrypted PKCS#8 key", pkcs8(generateKeyPairSync("ed25519").privateKey, "secret"), "encrypted"],
  ["a public key", testKey(4).publicKey, "found a public one"],
  ["a text", "my password is hunter2", "found something else"],
  ["a broken key", testKey(4).privateKey.replace(/^b3Bl.{20}/m, ""), "found something else"],
  [
    "a broken PKCS#8 key",
    "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
    "found something else",
  ],
  ["a key of another kind", pkcs8(generateKeyPairSync("x25519").privateKey), "found x25519"],
  ["nothing", "", "found something else"],
])("%s is refused by its path, and not a word of it is shown", async (name, text, problem) => {
  const place = await file(name.replace(/\W/g, ""), text);
  const error = await loadIdentity({ keyFiles: [place] }).catch((error: unknown) => error);
  if (!(error instanceof InputError)) throw new Error("expected an InputError", { cause: error });
  expect(error.message).toContain(`SSH key ${place}: `);
  expect(error.message).toContain(problem);
  const body = text.split("\n").filter((line) => line.length > 3 && !line.startsWith("-----"));
  for (const line of body) expect(`${error.message} ${error.hint}`).not.toContain(line);
});

test("a file that is not there is named", async () => {
  await expect(loadIdentity({ keyFiles: ["/nonexistent/key"] })).rejects.toThrow(
    "SSH key /nonexistent/key: cannot be read (ENOENT)",
  );
});

test("with neither key nor agent there is nothing to log in with", async () => {
  await expect(loadIdentity({ env: { SSH_AUTH_SOCK: "" } })).rejects.toThrow(InputError);
});

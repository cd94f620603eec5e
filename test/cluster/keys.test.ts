import { execFile } from "node:child_process";
import { randomBytes, sign, verify } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, promisify } from "node:util";
import fc from "fast-check";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fingerprintOf } from "../../src/cluster/fingerprint.ts";
import {
  deriveBootstrapHostKey,
  deriveClientKey,
  deriveHostKey,
  deriveTunnelSecret,
  keyPairOf,
} from "../../src/cluster/keys.ts";
import { newSecret, parseSecret } from "../../src/cluster/secret.ts";
import { InputError } from "../../src/errors.ts";

const run = promisify(execFile);
const SECRET = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const secret = parseSecret(SECRET, "secret");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "overbridge-keys-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a key pair", () => {
  it("is the one of RFC 8032's first test vector", () => {
    const pair = keyPairOf(
      Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex"),
    );
    const raw = Buffer.from(pair.publicKey.split(" ")[1]!, "base64").subarray(-32);
    expect(raw.toString("hex")).toBe("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  });

  it("is read by ssh2, which gets the public key and fingerprint we say and signs what it verifies", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const pair = keyPairOf(Buffer.from(seed));
        const parsed = ssh2.utils.parseKey(pair.privateKey);
        if (parsed instanceof Error) throw parsed;
        expect(parsed.isPrivateKey()).toBe(true);
        expect(`${parsed.type} ${parsed.getPublicSSH().toString("base64")}`).toBe(pair.publicKey);
        expect(fingerprintOf(parsed.getPublicSSH())).toBe(pair.fingerprint);
        const signature = sign(null, Buffer.from("text"), parsed.getPrivatePEM());
        expect(verify(null, Buffer.from("text"), parsed.getPublicPEM(), signature)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("is read by ssh-keygen, which says the same public key and fingerprint", async () => {
    const pair = deriveClientKey(secret, "main");
    const path = join(folder, "key");
    await writeFile(path, pair.privateKey, { mode: 0o600 });
    await writeFile(`${path}.pub`, `${pair.publicKey}\n`);
    const derived = await run("ssh-keygen", ["-y", "-f", path]);
    expect(derived.stdout.trim()).toBe(pair.publicKey);
    const listed = await run("ssh-keygen", ["-l", "-f", `${path}.pub`]);
    const [bits, fingerprint] = listed.stdout.split(" ");
    expect([bits, `ssh-ed25519 ${fingerprint}`]).toEqual(["256", pair.fingerprint]);
    expect(listed.stdout).toContain("(ED25519)");
  });

  it("has its text in lines of 70 and ends with a newline, as OpenSSH writes it", () => {
    const { privateKey } = deriveClientKey(secret, "main");
    const lines = privateKey.split("\n");
    expect(lines[0]).toBe("-----BEGIN OPENSSH PRIVATE KEY-----");
    expect(lines.slice(-2)).toEqual(["-----END OPENSSH PRIVATE KEY-----", ""]);
    expect(Math.max(...lines.slice(1, -2).map((line) => line.length))).toBe(70);
  });
});

describe("derived keys", () => {
  it("stay the same between releases: hosts in use were given them", () => {
    expect({
      client: deriveClientKey(secret, "main").fingerprint,
      host1: deriveHostKey(secret, "main", 1).fingerprint,
      bootstrap: deriveBootstrapHostKey(secret, "main").fingerprint,
      tunnel: deriveTunnelSecret(secret, "main", 1, 2),
    }).toMatchInlineSnapshot(`
      {
        "bootstrap": "ssh-ed25519 SHA256:Z4dDNLO5whffTSIeEiHVJf799VeDMADQSsmd5CqBOjg",
        "client": "ssh-ed25519 SHA256:987L6Dn3v06CA8QIlkDIdNJe93DKqPuzafLkanbC0kE",
        "host1": "ssh-ed25519 SHA256:Oe7EkoCsPuWT5CSeZWMPMZRHr8LJj8PbpJKIdzkWUSw",
        "tunnel": "11c052458aad30fe05b325328c88161fec15e181267c4bfc1bb9f2629f9592fe",
      }
    `);
  });

  it("give the same bytes each time", () => {
    expect(deriveHostKey(secret, "main", 3)).toEqual(deriveHostKey(parseSecret(SECRET, "secret"), "main", 3));
  });

  it("differ by use, cluster, host and secret", () => {
    const other = parseSecret("f".repeat(64), "secret");
    const keys = [secret, other].flatMap((from) =>
      ["a", "b", "a1"].flatMap((cluster) => [
        deriveClientKey(from, cluster).fingerprint,
        deriveBootstrapHostKey(from, cluster).fingerprint,
        ...[1, 2, 12].map((id) => deriveHostKey(from, cluster, id).fingerprint),
        ...[2, 12, 22].map((id) => deriveTunnelSecret(from, cluster, 1, id)),
      ]),
    );
    expect(new Set(keys).size).toBe(2 * 3 * 8);
  });

  it("give both ends of a tunnel one secret, in hex", () => {
    expect(deriveTunnelSecret(secret, "main", 12, 3)).toBe(deriveTunnelSecret(secret, "main", 3, 12));
    expect(deriveTunnelSecret(secret, "main", 12, 3)).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("a cluster secret", () => {
  it("reads hex, base64 and base64url as the same, with white space around", () => {
    const bytes = Buffer.alloc(32, 0xfb);
    const client = (text: string) => deriveClientKey(parseSecret(text, "secret"), "main").fingerprint;
    const expected = client(bytes.toString("hex"));
    for (const text of [
      bytes.toString("hex").toUpperCase(),
      bytes.toString("base64"),
      bytes.toString("base64url"),
      `  ${bytes.toString("base64url")}\n`,
    ]) {
      expect(client(text)).toBe(expected);
    }
  });

  it("is made from the randomness given, as text that is read back", () => {
    const asked: number[] = [];
    const text = newSecret((size) => {
      asked.push(size);
      return Buffer.alloc(size, 7);
    });
    expect(asked).toEqual([32]);
    expect(Buffer.from(text, "base64url")).toEqual(Buffer.alloc(32, 7));
    expect(() => parseSecret(newSecret(randomBytes), "secret")).not.toThrow();
  });

  it("refuses anything else without showing it", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ minLength: 8, maxLength: 200 }), fc.base64String({ minLength: 45 })),
        (text) => {
          try {
            parseSecret(text, "OVERBRIDGE_SECRET");
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
            const { message, hint } = error as InputError;
            expect(message).toBe(
              `OVERBRIDGE_SECRET: expected 32 bytes as 64 hex digits or 43 characters of base64url, found ${text.trim().length} characters that are neither`,
            );
            expect(hint).toBe("make one with: openssl rand -hex 32");
            return;
          }
          expect(text.trim()).toMatch(/^.{43,44}$|^.{64}$/);
        },
      ),
    );
  });

  it("shows nothing of itself when printed or serialised", () => {
    for (const text of [
      inspect(secret, { depth: 9, showHidden: true }),
      JSON.stringify({ secret }),
      String(secret),
    ]) {
      expect(text).not.toMatch(/0001|1e1f|\b30, 31\b|AAEC/);
    }
  });
});

describe("a fingerprint", () => {
  const { publicKey, fingerprint } = deriveClientKey(secret, "main");

  it("is the same of the line, with a comment or without, and of the raw bytes", () => {
    expect(fingerprintOf(publicKey)).toBe(fingerprint);
    expect(fingerprintOf(`${publicKey} someone@somewhere\n`)).toBe(fingerprint);
    expect(fingerprintOf(Buffer.from(publicKey.split(" ")[1]!, "base64"))).toBe(fingerprint);
  });

  it("of an RSA key is ssh-keygen's", async () => {
    const path = join(folder, "rsa");
    await run("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", path]);
    const { stdout: line } = await run("ssh-keygen", ["-y", "-f", path]);
    const { stdout: listed } = await run("ssh-keygen", ["-l", "-f", path]);
    expect(fingerprintOf(line)).toBe(`ssh-rsa ${listed.split(" ")[1]}`);
  });

  it("is refused of what is no public key", () => {
    const blob = publicKey.split(" ")[1]!;
    const lines = ["", "ssh-ed25519", `ssh-rsa ${blob}`, "ssh-ed25519 !!!!", "ssh-ed25519 AAAA"];
    const blobs = [Buffer.alloc(0), Buffer.from([255, 255, 255, 255, 1]), Buffer.from([0, 0, 0, 2, 10, 10])];
    for (const key of [...lines, ...blobs]) expect(() => fingerprintOf(key)).toThrow(InputError);
  });
});

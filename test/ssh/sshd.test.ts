import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { PassThrough } from "node:stream";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/ssh/connect.ts";
import type { Connection } from "../../src/ssh/connection.ts";
import { parseKnownHosts, pinnedKey } from "../../src/ssh/known-hosts.ts";
import { scanHostKey } from "../../src/ssh/scan.ts";
import { eventually } from "./server.ts";
import { keygenFingerprint, type Sshd, startSshd } from "./sshd.ts";

/** OpenSSH itself: what stands against our own reading of it. */
const execute = promisify(execFile);
let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd(["MaxSessions 3"]);
});
afterAll(() => sshd?.stop());

async function open(target = sshd.target, identity = sshd.identity): Promise<Connection> {
  const connection = await connect(target, identity);
  onTestFinished(() => connection.close());
  return connection;
}

test.each(["ed25519", "ecdsa", "rsa"])("its %s key is pinned by ssh-keygen's fingerprint", async (type) => {
  const hostKey = await keygenFingerprint(path.join(sshd.directory, `host_${type}.pub`));
  const connection = await open({ ...sshd.target, hostKey });
  expect(await connection.run("echo out; echo err >&2; exit 7")).toEqual({
    code: 7,
    signal: null,
    stdout: "out\n",
    stderr: "err\n",
  });
});

test("its preferred key is the one that is read first", async () => {
  expect(await scanHostKey(sshd.target, sshd.identity)).toBe(sshd.target.hostKey);
});

test("what ssh-keyscan and ssh-keygen -H write is read as they mean it", async () => {
  const { address, port } = sshd.target;
  const { stdout } = await execute("ssh-keyscan", ["-p", String(port), address]);
  expect(pinnedKey(parseKnownHosts(stdout), sshd.target)).toBe(sshd.target.hostKey);
  const hash = spawn("sh", ["-c", 'cat >"$0" && ssh-keygen -q -H -f "$0"', `${sshd.directory}/known`]);
  hash.stdin.end(stdout);
  expect((await once(hash, "close"))[0]).toBe(0);
  const hashed = await readFile(`${sshd.directory}/known`, "utf8");
  expect(hashed).not.toContain(address);
  expect(pinnedKey(parseKnownHosts(hashed), sshd.target)).toBe(sshd.target.hostKey);
});

test("more commands at once than it has sessions all run", async () => {
  const connection = await open();
  const numbers = Array.from({ length: 12 }, (_, index) => index);
  const results = await Promise.all(numbers.map((number) => connection.run(`echo ${number}`)));
  expect(results.map(({ stdout }) => Number(stdout))).toEqual(numbers);
});

test("an agent's key logs in", async () => {
  const socket = path.join(sshd.directory, "agent");
  const agent = spawn("/usr/bin/ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  onTestFinished(async () => {
    agent.kill();
    await once(agent, "close");
  });
  await eventually(() => readdir(sshd.directory)).toContain("agent");
  await execute("ssh-add", ["-q", path.join(sshd.directory, "client")], {
    env: { ...process.env, SSH_AUTH_SOCK: socket },
  });
  const connection = await open(sshd.target, { privateKeys: [], agent: socket });
  expect((await connection.run("echo by agent")).stdout).toBe("by agent\n");
});

test("a file arrives whole, and not at all where the connection broke", async () => {
  const connection = await open();
  const content = randomBytes(5_000_000);
  const file = path.join(sshd.directory, "upload");
  await connection.upload(content, file, 0o644, { asUser: true });
  expect((await readFile(file)).equals(content)).toBe(true);

  const source = new PassThrough();
  source.write(Buffer.alloc(100_000));
  const upload = connection.upload(source, `${file}-2`, 0o644, { asUser: true });
  const halves = async () => (await readdir(sshd.directory)).filter((name) => name.startsWith("upload-2"));
  await eventually(halves).toHaveLength(1);
  connection.close();
  await expect(upload).rejects.toThrow(/^real: /);
  await eventually(halves).toEqual([]);
});

test("a key it does not know is refused by name", async () => {
  const hostKeyAsOurs = await readFile(path.join(sshd.directory, "host_ed25519"), "utf8");
  await expect(connect(sshd.target, { privateKeys: [hostKeyAsOurs] })).rejects.toThrow(
    `does not let ${sshd.target.user} in: tried key ${sshd.target.hostKey}`,
  );
});

test("a jump through it reaches it again", async () => {
  const connection = await open({ ...sshd.target, name: "inner", jump: { ...sshd.target, name: "outer" } });
  expect((await connection.run("echo inside")).stdout).toBe("inside\n");
});

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Identity, Target } from "../../src/ssh/connection.ts";
import { unusedPort } from "./server.ts";

const execute = promisify(execFile);

export interface Sshd {
  /** Pinned to the ed25519 key, by what ssh-keygen says of it. */
  readonly target: Target;
  readonly identity: Identity;
  /** Where its files are, e.g. the host keys `host_ed25519` and `host_rsa`, and our key `client`. */
  readonly directory: string;
  stop(): Promise<void>;
}

/** What `ssh-keygen -l` says of a public key's file, as `TYPE SHA256:…`. */
export async function keygenFingerprint(publicKeyFile: string): Promise<string> {
  const { stdout } = await execute("ssh-keygen", ["-lf", publicKeyFile]);
  const [type] = (await readFile(publicKeyFile, "utf8")).split(" ");
  return `${type} ${stdout.split(" ")[1]}`;
}

/** OpenSSH's own server for this very user, on loopback, with keys of its own. Needs no root. */
export async function startSshd(settings: readonly string[] = []): Promise<Sshd> {
  const directory = await mkdtemp(path.join(tmpdir(), "overbridge-sshd-"));
  const keygen = (type: string, file: string) =>
    execute("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "", "-f", path.join(directory, file)]);
  await Promise.all([
    keygen("rsa", "host_rsa"),
    keygen("ecdsa", "host_ecdsa"),
    keygen("ed25519", "host_ed25519"),
    keygen("ed25519", "client"),
  ]);
  const port = await unusedPort();
  const config = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    ...["rsa", "ecdsa", "ed25519"].map((type) => `HostKey ${directory}/host_${type}`),
    `AuthorizedKeysFile ${directory}/client.pub`,
    // The temporary folder's parents are anybody's.
    "StrictModes no",
    "UsePAM no",
    "PermitRootLogin prohibit-password",
    "PidFile none",
    ...settings,
  ];
  await writeFile(path.join(directory, "config"), `${config.join("\n")}\n`);
  // Where sshd runs as root it wants the folder its service would have made.
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true });

  const sshd = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", path.join(directory, "config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  sshd.stderr.on("data", (piece) => (log += piece));
  const ended = once(sshd, "close").catch((error: unknown) => {
    throw new Error("sshd did not start: apt-get install openssh-server", { cause: error });
  });
  await Promise.race([answers(port), ended.then(() => Promise.reject(new Error(`sshd ended: ${log}`)))]);
  return {
    target: {
      name: "real",
      user: userInfo().username,
      address: "127.0.0.1",
      port,
      hostKey: await keygenFingerprint(path.join(directory, "host_ed25519.pub")),
    },
    identity: { privateKeys: [await readFile(path.join(directory, "client"), "utf8")] },
    directory,
    async stop() {
      sshd.kill();
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

async function answers(port: number): Promise<void> {
  for (;;) {
    const socket = net.connect(port, "127.0.0.1");
    const up = await new Promise((resolve) => {
      socket.once("data", () => resolve(true));
      socket.once("close", () => resolve(false)).on("error", () => {});
    });
    socket.destroy();
    if (up) return;
  }
}

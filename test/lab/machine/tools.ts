import { execFile } from "node:child_process";
import { constants, existsSync } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { Failure } from "../../../src/errors.ts";
import { keyring } from "./recipe.ts";

/** Every program the machine lab runs, and the Debian or Ubuntu package that brings it. */
const packageOf = {
  "qemu-system-x86_64": "qemu-system-x86",
  debootstrap: "debootstrap",
  gpgv: "gpgv",
  "mkfs.ext4": "e2fsprogs",
  ip: "iproute2",
  setpriv: "util-linux",
  tar: "tar",
  unshare: "util-linux",
} as const;

const PATH = [process.env.PATH, "/usr/local/sbin", "/usr/sbin", "/sbin"].join(delimiter);

/** The environment that the lab's programs get: programs of root found, messages in English. */
export const toolEnv: NodeJS.ProcessEnv = { ...process.env, PATH, LC_ALL: "C" };

/** @throws Failure where this machine lacks a program or root, naming every package to install. */
export async function requireTools(): Promise<void> {
  const missing = new Set<string>();
  for (const [program, name] of Object.entries(packageOf)) {
    if (!(await inPath(program))) missing.add(name);
  }
  if (!existsSync(keyring)) missing.add("debian-archive-keyring");
  if (missing.size > 0) {
    const names = [...missing].join(" ");
    throw new Failure(
      `emulated machines need packages that are not installed: ${names}`,
      `apt-get install ${names}`,
    );
  }
  if (process.getuid?.() !== 0)
    throw new Failure("emulated machines need root (a tap device, a bridge)", "run as root");
}

async function inPath(program: string): Promise<boolean> {
  for (const directory of PATH.split(delimiter)) {
    try {
      await access(join(directory, program), constants.X_OK);
      return true;
    } catch {
      // Not in this directory.
    }
  }
  return false;
}

/** Put before a command: the kernel kills it should this process die without a chance to clean up. */
export const boundToUs = ["setpriv", "--pdeathsig", "KILL"] as const;

/**
 * Runs a program to its end and returns what it printed on standard output.
 *
 * @throws Failure with the last lines of its standard error, where it fails or runs longer than `timeoutMs`.
 */
export async function run(command: string, args: readonly string[], timeoutMs = 30_000): Promise<string> {
  const [wrapper, ...wrapped] = [...boundToUs, command, ...args] as const;
  // KILL, because a KVM that hangs and `unshare` both sit out a polite signal.
  const options = {
    env: toolEnv,
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: 64 * 1024 ** 2,
  } as const;
  try {
    return (await promisify(execFile)(wrapper, wrapped, options)).stdout;
  } catch (error) {
    const { killed, stderr } = error as { killed?: boolean; stderr?: string };
    const why = killed ? `not done after ${timeoutMs / 1000} s` : (stderr ?? String(error));
    throw new Failure(`${command} ${args[0] ?? ""} failed: ${lastLines(why, 10)}`);
  }
}

/** The last `count` lines of a text that are not empty. */
export function lastLines(text: string, count: number): string {
  return text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== "")
    .slice(-count)
    .join("\n");
}

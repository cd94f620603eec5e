import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createGzip, type Gzip } from "node:zlib";
import { Failure, InputError } from "../errors.ts";
import type { Context } from "../steps/context.ts";
import type { BaseTarget } from "./base-image.ts";
import { type Engine, linesOf } from "./engine.ts";
import { withoutSecrets } from "./environment.ts";
import { runProcess } from "./process.ts";

interface Archive {
  readonly mirror: string;
  /** The environment's variable that names another mirror. */
  readonly variable: string;
  readonly components: string;
  /** The keys that the archive is signed with, and the package that brings them. */
  readonly keyring: string;
  readonly keyringPackage: string;
  /** Given because a debootstrap older than the suite does not know it by name. */
  readonly script: string;
}

const debian: Archive = {
  mirror: "http://deb.debian.org/debian",
  variable: "OVERBRIDGE_DEBIAN_MIRROR",
  components: "main",
  keyring: "/usr/share/keyrings/debian-archive-keyring.gpg",
  keyringPackage: "debian-archive-keyring",
  script: "/usr/share/debootstrap/scripts/sid",
};

/** Docker and Open vSwitch's dependencies are partly in `universe`. */
const ubuntu: Archive = {
  mirror: "http://archive.ubuntu.com/ubuntu",
  variable: "OVERBRIDGE_UBUNTU_MIRROR",
  components: "main,universe",
  keyring: "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
  keyringPackage: "ubuntu-archive-keyring",
  script: "/usr/share/debootstrap/scripts/gutsy",
};

const suites: Record<BaseTarget, { archive: Archive; suite: string }> = {
  "debian:bookworm": { archive: debian, suite: "bookworm" },
  "debian:trixie": { archive: debian, suite: "trixie" },
  "ubuntu:22.04": { archive: ubuntu, suite: "jammy" },
  "ubuntu:24.04": { archive: ubuntu, suite: "noble" },
};

/**
 * Makes the root in memory, inside mount and process namespaces of its own: whatever ends it, the kernel
 * takes back every file, mount and process with it.
 */
const PROGRAM = `
root=/mnt
mount -t tmpfs -o size=2g,mode=755 overbridge "$root"
debootstrap --variant=minbase --components="$2" --keyring="$3" --force-check-gpg "$1" "$root" "$4" "$5" >&2
cd "$root"
rm -rf etc/resolv.conf etc/hostname var/cache/apt/archives/*.deb var/lib/apt/lists/* var/log/*.log
tar --numeric-owner --one-file-system -c .`;

/**
 * Makes a distribution's minimal root with debootstrap and imports it as `tag`, which appears only when all
 * of it is there.
 *
 * @returns the tag.
 * @throws InputError where the machine lacks what it takes (a program, a keyring, root), saying what to
 *   install; Failure where debootstrap or the import fails.
 */
export async function debootstrap(
  engine: Engine,
  target: BaseTarget,
  tag: string,
  context: Context,
): Promise<string> {
  const { archive, suite } = suites[target];
  const mirror = mirrorOf(archive, context.env[archive.variable]);
  const prefix = await requirePrograms(archive, context);

  const settings = [suite, archive.components, archive.keyring, mirror, archive.script];
  const namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--", "sh", "-euc", PROGRAM];
  const [command = "", ...args] = [...prefix, ...namespaces, "sh", ...settings];
  // Stored, not compressed: gzip's trailer makes the engine refuse an import that ends too early, which a bare
  // tar stream cut between two files does not.
  const root = createGzip({ level: 0 });
  root.on("error", () => {});
  const making = runProcess(command, args, {
    stdout: root,
    env: { ...context.env, LC_ALL: "C", PATH: SYSTEM_PATH },
    signal: context.signal,
    ...(prefix.length === 0 ? {} : { kill: (pid: number) => killAs(prefix, pid) }),
  });
  const [made, imported] = await Promise.allSettled([making, importRoot(engine, root, tag)]);

  context.signal.throwIfAborted();
  if (made.status === "rejected") throw made.reason;
  if (made.value.code !== 0)
    throw new Failure(`debootstrap ${suite} from ${mirror}: ${reasonIn(made.value.stderr)}`);
  if (imported.status === "rejected") throw imported.reason;
  return tag;
}

/** Begins when there is something to import: the engine takes nothing at all for an empty image. */
async function importRoot(engine: Engine, root: Gzip, tag: string): Promise<void> {
  await new Promise((resolve) => root.once("readable", resolve).once("close", resolve));
  if (root.destroyed) return;
  const changes = ["--change", "LABEL overbridge.role=base", "--change", 'CMD ["/bin/sh"]'];
  await engine.run(["import", ...changes, "-", tag], { stdin: root });
}

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** @returns what to put before a command so that it runs as root. */
async function requirePrograms(archive: Archive, context: Context): Promise<string[]> {
  const missing: string[] = [];
  if (!(await inPath("debootstrap"))) missing.push("debootstrap");
  if (!(await readable(archive.keyring))) missing.push(archive.keyringPackage);
  if (!(await inPath("gpgv"))) missing.push("gpgv");
  if (!(await inPath("unshare"))) missing.push("util-linux");
  if (missing.length > 0) {
    throw new Failure(
      `making a base image needs packages that are not installed: ${missing.join(", ")}`,
      `apt-get install ${missing.join(" ")}, or let this machine reach an image registry`,
    );
  }
  if (process.getuid?.() === 0) return [];
  const sudo = await runProcess("sudo", ["-n", "true"], { signal: context.signal }).catch(() => undefined);
  context.signal.throwIfAborted();
  if (sudo?.code === 0) return ["sudo", "-n"];
  throw new Failure(
    "making a base image with debootstrap needs root: this user is not root and sudo asks for a password",
    "run once as root (./script/setup), or let this machine reach an image registry",
  );
}

async function inPath(program: string): Promise<boolean> {
  const found = await Promise.all(SYSTEM_PATH.split(delimiter).map((dir) => executable(join(dir, program))));
  return found.includes(true);
}

const executable = (path: string) => access(path, constants.X_OK).then(...truth);
const readable = (path: string) => access(path, constants.R_OK).then(...truth);
const truth = [() => true, () => false] as const;

function mirrorOf(archive: Archive, given: string | undefined): string {
  if (given === undefined || given === "") return archive.mirror;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url && ["http:", "https:", "file:"].includes(url.protocol) && !url.username && !url.password)
    return given;
  throw new InputError(
    `${archive.variable}: expected an http, https or file URL without a user's name, found '${given.slice(0, 200)}'`,
  );
}

/** An unprivileged process may not signal what sudo started. */
function killAs(prefix: readonly string[], pid: number): void {
  const [command = "", ...args] = [...prefix, "kill", "-TERM", "--", `-${pid}`];
  spawn(command, args, { env: withoutSecrets(process.env), stdio: "ignore" }).on("error", () => {});
}

/** debootstrap says what is wrong as `E: …`; the shell and its programs in their last line. */
function reasonIn(stderr: string): string {
  const lines = linesOf(stderr);
  return (lines.findLast((line) => line.startsWith("E: ")) ?? lines.at(-1) ?? "it gave no reason").slice(
    0,
    500,
  );
}

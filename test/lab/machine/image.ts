import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { atExit } from "./at-exit.ts";
import { recipe } from "./recipe.ts";
import { requireTools, run } from "./tools.ts";
import { writeTree } from "./tree.ts";

/** What all machines boot from; nothing ever writes to it. */
export interface MachineImage {
  /** A raw ext4 file system, sparse. */
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
}

const BUILD_TIMEOUT_MS = 15 * 60_000;

/**
 * The machines' image, built with debootstrap the first time (needs a Debian mirror:
 * `OVERBRIDGE_DEBIAN_MIRROR`, else Debian's own) and kept in `OVERBRIDGE_CACHE`, else `~/.cache/overbridge/lab`,
 * under a digest of its recipe. It appears there whole or not at all.
 *
 * @throws Failure where a program or root is missing, naming the packages, or where the build fails.
 */
export async function ensureMachineImage(): Promise<MachineImage> {
  await requireTools();
  const cache = process.env.OVERBRIDGE_CACHE || join(homedir(), ".cache", "overbridge", "lab");
  const digest = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 16);
  const path = join(cache, `machine-${digest}`);
  if (!(await exists(path))) {
    await mkdir(cache, { recursive: true });
    await build(path);
  }
  return {
    disk: join(path, "root.ext4"),
    kernel: join(path, "vmlinuz"),
    initrd: join(path, "initrd.img"),
  };
}

async function build(path: string): Promise<void> {
  const unfinished = await mkdtemp(`${path}.`);
  const forget = atExit(() => rmSync(unfinished, { recursive: true, force: true }));
  try {
    const files = join(unfinished, "files");
    const result = join(unfinished, "result");
    await writeTree(files, recipe.files);
    await mkdir(result);
    const mirror = process.env.OVERBRIDGE_DEBIAN_MIRROR || "http://deb.debian.org/debian";
    const namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--", "sh", "-euc", recipe.script];
    await run("unshare", [...namespaces, "sh", mirror, files, result], BUILD_TIMEOUT_MS);
    await publish(result, path);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
    forget();
  }
}

/** Two builds side by side make the same thing: the first to finish counts. */
async function publish(result: string, path: string): Promise<void> {
  try {
    await rename(result, path);
  } catch (error) {
    if (!(await exists(path))) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

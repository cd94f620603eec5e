import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { Failure, InputError, messageOf } from "../errors.ts";
import { alive } from "./container.ts";
import { type PackageSet, readPackageSet } from "./package-set.ts";

/** Bytes that a build leaves here at most: tarball, packages, log. */
const ROOM = 300 * 1024 * 1024;
const WORK = /^work-(\d+)-/;

/** What is kept on this machine: sets of packages by key, tarballs by digest, logs. */
export interface Store {
  /** Tarballs, named by their digest. */
  readonly sources: string;
  /** The set of this key, or undefined where there is none. A broken one is removed: `onBroken` says why. */
  find(key: string, onBroken: (reason: string) => void): Promise<PackageSet | undefined>;
  /** Keeps the set that a directory of `work` holds. It appears whole or not at all. */
  keep(key: string, directory: string): Promise<PackageSet>;
  /** Runs `use` with a directory of its own, which is gone afterwards. */
  work<T>(use: (directory: string) => Promise<T>): Promise<T>;
  /** Where this build's log goes. @param name what is built, as part of a file's name. */
  logFile(name: string): string;
  /** What was written down under a name, or undefined: no text that can be trusted. */
  recall(name: string): Promise<string | undefined>;
  remember(name: string, text: string): Promise<void>;
}

/**
 * Opens the store in `$OVERBRIDGE_CACHE`, else `~/.cache/overbridge`, and removes what killed builds left.
 *
 * @throws InputError where the directory cannot be made, Failure where the disk has no room.
 */
export async function openStore(env: Readonly<Record<string, string | undefined>>): Promise<Store> {
  const root =
    env.OVERBRIDGE_CACHE || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "overbridge");
  const directories = { sets: join(root, "ovs"), sources: join(root, "sources"), logs: join(root, "logs") };
  try {
    await Promise.all(
      Object.values(directories).map((path) => mkdir(path, { recursive: true, mode: 0o700 })),
    );
  } catch (error) {
    throw new InputError(
      `the cache ${root} cannot be used: ${messageOf(error)}`,
      "set OVERBRIDGE_CACHE to a directory that this user may write",
    );
  }
  await requireRoom(root);
  await sweep(directories.sets);
  const entry = (key: string) => join(directories.sets, key.replace(":", "-"));

  async function find(key: string, onBroken: (reason: string) => void): Promise<PackageSet | undefined> {
    const directory = entry(key);
    if (!(await stat(directory).catch(() => undefined))) return undefined;
    try {
      const set = await readPackageSet(directory);
      if (set.manifest.key === key) return set;
      onBroken(`${directory}: its manifest is another set's`);
    } catch (error) {
      onBroken(messageOf(error));
    }
    await rm(directory, { recursive: true, force: true });
    return undefined;
  }

  return {
    sources: directories.sources,
    find,
    async keep(key, directory) {
      try {
        await rename(directory, entry(key));
      } catch (error) {
        // Another build of the same set was quicker, and what it made is as good.
        const theirs = await find(key, () => {});
        if (!theirs) throw error;
        return theirs;
      }
      return readPackageSet(entry(key));
    },
    async work(use) {
      const directory = await mkdtemp(join(directories.sets, `work-${process.pid}-`));
      try {
        return await use(directory);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
    logFile: (name) => join(directories.logs, `build-ovs-${name}-${process.pid}.log`),
    recall: (name) => readFile(join(directories.sets, `${name}.json`), "utf8").catch(() => undefined),
    remember: (name, text) => writeFile(join(directories.sets, `${name}.json`), text, { mode: 0o600 }),
  };
}

async function requireRoom(root: string): Promise<void> {
  const { bavail, bsize } = await statfs(root);
  if (bavail * bsize >= ROOM) return;
  throw new Failure(
    `no disk space for a build: expected 300 MB free in ${root}, found ${Math.floor((bavail * bsize) / 2 ** 20)} MB`,
    "free some space, or set OVERBRIDGE_CACHE to a directory on another disk",
  );
}

/** A work directory is named after the process that made it. */
async function sweep(sets: string): Promise<void> {
  const left = (await readdir(sets)).filter((name) => {
    const pid = WORK.exec(name)?.[1];
    return pid !== undefined && !alive(Number(pid));
  });
  await Promise.all(left.map((name) => rm(join(sets, name), { recursive: true, force: true })));
}

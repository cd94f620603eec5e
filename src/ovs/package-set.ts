import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, messageOf } from "../errors.ts";
import { sha256OfFile } from "./digest.ts";
import { formatManifest, MANIFEST_FILE, type Manifest, manifestSchema, type Package } from "./manifest.ts";

/** Packages in a directory, and their manifest. */
export interface PackageSet {
  readonly directory: string;
  readonly manifest: Manifest;
}

/** The largest manifest that is read, in bytes: 500 packages take 150 KB. */
const LARGEST_MANIFEST = 1024 * 1024;

/**
 * Reads a set of packages and checks that every one is there, byte for byte as its manifest says. Files that
 * the manifest does not name are none of its business.
 *
 * @throws InputError naming the file that is missing, of another size, or of another digest (showing both).
 */
export async function readPackageSet(directory: string): Promise<PackageSet> {
  const manifest = await readManifest(directory);
  await Promise.all(manifest.packages.map((entry) => checkFile(directory, entry)));
  return { directory, manifest };
}

async function readManifest(directory: string): Promise<Manifest> {
  const path = join(directory, MANIFEST_FILE);
  const hint = "point at a directory that build-ovs made, or run: overbridge build-ovs --output DIR";
  const size = await sizeOf(path);
  if (size === undefined)
    throw new InputError(`no set of packages in ${directory}: no ${MANIFEST_FILE}`, hint);
  if (size > LARGEST_MANIFEST)
    throw new InputError(`${path}: expected at most 1 MB, found ${size} bytes`, hint);
  let document: unknown;
  try {
    document = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new InputError(`${path}: expected JSON: ${messageOf(error)}`, hint);
  }
  const result = manifestSchema.safeParse(document);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new InputError(`${path}: ${issue?.path.join(".") || "document"}: ${issue?.message}`, hint);
}

async function checkFile(directory: string, entry: Package): Promise<void> {
  const path = join(directory, entry.file);
  const hint = "it was changed or cut short after it was made: run build-ovs again";
  const size = await sizeOf(path);
  if (size === undefined) throw new InputError(`${path}: named in the manifest, but not there`, hint);
  if (size !== entry.size) {
    throw new InputError(`${path}: expected ${entry.size} bytes, found ${size}`, hint);
  }
  const found = await sha256OfFile(path);
  if (found !== entry.sha256) {
    throw new InputError(`${path}: expected sha256 ${entry.sha256}, found ${found}`, hint);
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

/**
 * Copies a set into `directory`, beside whatever else is there. Each file appears whole, the manifest last:
 * a directory with a manifest holds all that it names. Files of an older set that the new one lacks go.
 */
export async function deliver(set: PackageSet, directory: string): Promise<PackageSet> {
  await mkdir(directory, { recursive: true });
  const older = await readManifest(directory).catch(() => undefined);
  await rm(join(directory, MANIFEST_FILE), { force: true });
  const kept = new Set(set.manifest.packages.map(({ file }) => file));
  const gone = (older?.packages ?? []).filter(({ file }) => !kept.has(file));
  await Promise.all(gone.map(({ file }) => rm(join(directory, file), { force: true })));
  for (const { file } of set.manifest.packages) {
    await appear(join(directory, file), (path) => copyFile(join(set.directory, file), path));
  }
  await writeManifest(directory, set.manifest);
  return { directory, manifest: set.manifest };
}

/** Writes a set's manifest into the directory that holds its packages. */
export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  await appear(join(directory, MANIFEST_FILE), (path) => writeFile(path, formatManifest(manifest)));
}

/** Lets `path` appear only when all of it is written. */
async function appear(path: string, write: (path: string) => Promise<void>): Promise<void> {
  const part = `${path}.part-${process.pid}`;
  try {
    await write(part);
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}

import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../errors.ts";
import { sha256OfFile } from "./digest.ts";
import { type Package, packageSchema } from "./manifest.ts";
import { COLLECT, FETCH_DISTRO_SOURCE, hostPackages, LIST } from "./recipe.ts";
import { runJob, type Site } from "./site.ts";

/**
 * Fetches from the distribution's archive, which apt verifies, what packages depend on and a minimal system
 * lacks. Without `built` those packages are the distribution's own of Open vSwitch, and fetched too.
 *
 * @param built a directory of packages.
 * @returns a directory with all of it.
 */
export async function collect(site: Site, built: string | undefined): Promise<string> {
  const directory = join(site.work, "set");
  await mkdir(directory);
  const names = built ? (await list(site, built)).map(({ file }) => `/set/${file}`) : [...hostPackages];
  const job = {
    purpose: "collect",
    image: site.image.reference,
    program: COLLECT,
    args: names,
    files: built ? [{ from: built, to: "/set" }] : [],
    network: true,
  };
  await runJob(site, job, (ended) => ended.copyOut("/out", directory));
  return directory;
}

/** Fetches the source that the distribution builds its own packages from. @returns the tarball's path. */
export async function fetchDistroSource(site: Site): Promise<string> {
  const job = {
    purpose: "source",
    image: site.image.reference,
    program: FETCH_DISTRO_SOURCE,
    network: true,
  };
  const directory = join(site.work, "distro");
  await mkdir(directory);
  await runJob(site, job, (ended) => ended.copyOut("/out", directory));
  return join(directory, "openvswitch.tar.gz");
}

/** Every package in a directory, as its own control file describes it, by file name. */
export async function list(site: Site, directory: string): Promise<Package[]> {
  const job = {
    purpose: "list",
    image: site.image.reference,
    program: LIST,
    files: [{ from: directory, to: "/set" }],
  };
  const lines = await runJob(site, job, async (ended) => ended.lines);
  const entries = await Promise.all(lines.map((line) => entryOf(directory, line)));
  return entries.sort((a, b) => (a.file < b.file ? -1 : 1));
}

async function entryOf(directory: string, line: string): Promise<Package> {
  const [name = "", version, architecture, file = ""] = line.split("\t");
  const path = join(directory, file);
  const result = packageSchema.safeParse({
    package: name,
    version,
    architecture,
    file,
    size: (await stat(path)).size,
    sha256: await sha256OfFile(path),
    role: (hostPackages as readonly string[]).includes(name) ? "openvswitch" : "dependency",
  });
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Failure(
    `a package cannot be described: ${issue?.path.join(".")}: ${issue?.message}, in '${line}'`,
  );
}

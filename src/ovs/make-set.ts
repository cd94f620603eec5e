import { type BuildOptions, build, ensureDependencies, inspect, requireVersion } from "./build.ts";
import { collect, list } from "./collect.ts";
import { sha256Of } from "./digest.ts";
import type { Manifest, Package } from "./manifest.ts";
import { recallArchive, rememberArchive } from "./memo.ts";
import { obtain } from "./obtain.ts";
import { type PackageSet, writeManifest } from "./package-set.ts";
import { prove } from "./prove.ts";
import { recipeDigest } from "./recipe.ts";
import type { Site } from "./site.ts";
import type { Source } from "./source.ts";
import type { Store } from "./store.ts";

export interface MakeOptions extends Omit<BuildOptions, "key"> {
  /** The version that the packages must have; absent: that of the source. */
  readonly ovsVersion: string | undefined;
}

export interface Made {
  readonly set: PackageSet;
  readonly cached: boolean;
}

/** Takes a set of packages from the store, or makes and proves it, and keeps it there. */
export async function makeSet(site: Site, store: Store, source: Source, options: MakeOptions): Promise<Made> {
  site.phases.begin("source");
  const made = await (source.kind === "packages"
    ? fromArchive(site, store, options)
    : fromSource(site, store, source, options));
  site.phases.end();
  return made;
}

async function fromSource(
  site: Site,
  store: Store,
  source: Exclude<Source, { kind: "packages" }>,
  options: MakeOptions,
): Promise<Made> {
  const tarball = await obtain(site, store, source);
  const key = keyOf(site, tarball.sha256, options.check ? ["check"] : []);
  const cached = await find(site, store, key, options);
  if (cached) return cached;

  const { version, control } = await inspect(site, tarball.path, options.ovsVersion);
  site.phases.begin("dependencies");
  const image = await ensureDependencies(site, control);
  const built = await build(site, image, tarball.path, { ...options, key });
  const directory = await collect(site, built);
  const packages = await list(site, directory);
  const made = { kind: source.kind, sha256: tarball.sha256, key, packages };
  return proveAndKeep(site, store, directory, made, version);
}

async function fromArchive(site: Site, store: Store, options: MakeOptions): Promise<Made> {
  const recalled = await recallArchive(site, store, "packages");
  const known = recalled && (await find(site, store, keyOf(site, recalled, ["packages"]), options));
  if (known) return known;

  const directory = await collect(site, undefined);
  const packages = await list(site, directory);
  const sha256 = sha256Of(packages.map((entry) => `${entry.sha256}  ${entry.file}\n`).join(""));
  await rememberArchive(site, store, "packages", sha256);
  const key = keyOf(site, sha256, ["packages"]);
  const cached = await find(site, store, key, options);
  if (cached) return cached;
  return proveAndKeep(
    site,
    store,
    directory,
    { kind: "packages", sha256, key, packages },
    options.ovsVersion,
  );
}

/** Digest of all that decides what a set is. */
function keyOf(site: Site, source: string, options: readonly string[]): string {
  const { target, image, architecture } = site;
  return `sha256:${sha256Of(JSON.stringify([source, target, image.id, architecture, options, recipeDigest]))}`;
}

async function find(site: Site, store: Store, key: string, options: MakeOptions): Promise<Made | undefined> {
  const set = await store.find(key, (reason) => {
    const hint = "it is made anew";
    site.context.reporter.report({
      kind: "warning",
      text: `the cached set of packages is broken: ${reason}`,
      hint,
    });
  });
  if (!set) return undefined;
  requireVersion(options.ovsVersion, set.manifest.openvswitch);
  site.phases.reuse();
  return { set, cached: true };
}

interface Parts {
  readonly kind: Manifest["source"]["kind"];
  readonly sha256: string;
  readonly key: string;
  readonly packages: Package[];
}

async function proveAndKeep(
  site: Site,
  store: Store,
  directory: string,
  parts: Parts,
  version: string | undefined,
): Promise<Made> {
  site.phases.begin("prove");
  const openvswitch = await prove(site, directory, version);
  await writeManifest(directory, {
    version: 1,
    openvswitch,
    target: site.target,
    architecture: site.architecture,
    source: { kind: parts.kind, digest: `sha256:${parts.sha256}` },
    recipe: recipeDigest,
    key: parts.key,
    packages: parts.packages,
  });
  return { set: await store.keep(parts.key, directory), cached: false };
}

import { rename } from "node:fs/promises";
import { join } from "node:path";
import { fetchDistroSource } from "./collect.ts";
import { sha256OfFile } from "./digest.ts";
import { download } from "./download.ts";
import { recallArchive, rememberArchive } from "./memo.ts";
import type { Site } from "./site.ts";
import type { Source } from "./source.ts";
import type { Store } from "./store.ts";

export interface Tarball {
  readonly path: string;
  /** 64 hex digits. */
  readonly sha256: string;
}

/**
 * Has the source's tarball on this machine: the user's own file, or one in the store by its digest.
 *
 * @throws InputError where a download has another digest than it must have, Failure where it fails.
 */
export async function obtain(
  site: Site,
  store: Store,
  source: Exclude<Source, { kind: "packages" }>,
): Promise<Tarball> {
  if ("path" in source) {
    site.phases.reuse();
    return { path: source.path, sha256: source.sha256 };
  }
  if (source.kind === "distro") return fromDistro(site, store);
  return (source.sha256 && (await stored(site, store, source.sha256))) || downloaded(site, store, source);
}

async function downloaded(
  site: Site,
  store: Store,
  source: { url: string; sha256: string | undefined },
): Promise<Tarball> {
  site.context.reporter.report({ kind: "note", text: `downloading ${source.url}` });
  const path = join(site.work, "download.tar.gz");
  const { signal } = site.context;
  const sha256 = await download(source.url, path, { sha256: source.sha256, signal });
  if (source.sha256 === undefined) {
    site.context.reporter.report({
      kind: "warning",
      text: `${source.url} is built unverified: its sha256 is ${sha256}`,
      hint: "give this digest as sha256 the next time",
    });
  }
  return keep(store, path, sha256);
}

async function fromDistro(site: Site, store: Store): Promise<Tarball> {
  const recalled = await recallArchive(site, store, "distro");
  const here = recalled && (await stored(site, store, recalled));
  if (here) return here;
  const path = await fetchDistroSource(site);
  const sha256 = await sha256OfFile(path);
  await rememberArchive(site, store, "distro", sha256);
  return keep(store, path, sha256);
}

/** The tarball in the store, where it is there and whole. */
async function stored(site: Site, store: Store, sha256: string): Promise<Tarball | undefined> {
  const path = join(store.sources, `${sha256}.tar.gz`);
  const found = await sha256OfFile(path).catch(() => undefined);
  if (found !== sha256) return undefined;
  site.phases.reuse();
  return { path, sha256 };
}

async function keep(store: Store, from: string, sha256: string): Promise<Tarball> {
  const path = join(store.sources, `${sha256}.tar.gz`);
  await rename(from, path);
  return { path, sha256 };
}

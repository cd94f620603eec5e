import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure, InputError } from "../errors.ts";
import { sha256Of } from "./digest.ts";
import type { Phase } from "./phases.ts";
import { BUILD, INSPECT, INSTALL_BUILD_DEPENDS, refusals } from "./recipe.ts";
import { runJob, type Site } from "./site.ts";

/** What a tarball says of itself. */
export interface Inspected {
  /** Open vSwitch's version: `3.1.0`. */
  readonly version: string;
  /** Its control file, for the packages that are built. */
  readonly control: string;
}

/** @throws InputError where the tarball is not Open vSwitch's, or of another version than `expected`. */
export async function inspect(site: Site, tarball: string, expected: string | undefined): Promise<Inspected> {
  const job = {
    purpose: "inspect",
    image: site.image.reference,
    program: INSPECT,
    files: [{ from: tarball, to: "/source.tar.gz" }],
  };
  const hint = "give a tarball of an Open vSwitch release, or of a distribution's openvswitch-source package";
  const [version = "", ...control] = await runJob(site, job, async ({ lines }) => lines, {
    refuse: (code) => (refusals[code] ? new InputError(`source: ${refusals[code]}`, hint) : undefined),
  });
  if (!/^\d+(\.\d+){1,3}$/.test(version)) {
    throw new InputError(`source: expected a release's version in configure.ac, found '${version}'`, hint);
  }
  requireVersion(expected, version);
  return { version, control: `${control.join("\n")}\n` };
}

/** @throws InputError where a version is `expected` and the source has another. */
export function requireVersion(expected: string | undefined, found: string): void {
  if (expected === undefined || expected === found) return;
  throw new InputError(
    `ovs-version: expected Open vSwitch ${expected}, found ${found} in the source`,
    "give the version that the source has, or leave ovs-version out",
  );
}

/**
 * Makes sure that there is an image of the target with all that building takes, in a layer of its own: named
 * by a digest of the image below, of what the control file asks for, and of how it is installed.
 *
 * @returns its reference.
 */
export async function ensureDependencies(site: Site, control: string): Promise<string> {
  const asked = control.slice(0, control.indexOf("\nPackage:"));
  const digest = sha256Of(JSON.stringify([site.image.id, asked, INSTALL_BUILD_DEPENDS]));
  const tag = `overbridge/build-deps:${site.target.replace(":", "-")}-${digest.slice(0, 16)}`;
  const { code } = await site.engine.attempt(["image", "inspect", "--format", "{{.Id}}", tag]);
  if (code === 0) {
    site.phases.reuse();
    return tag;
  }
  const directory = join(site.work, "control", "debian");
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "control"), control);
  const job = {
    purpose: "build-deps",
    image: site.image.reference,
    program: INSTALL_BUILD_DEPENDS,
    files: [{ from: join(site.work, "control"), to: "/control" }],
    network: true,
  };
  const labels = { "overbridge.role": "build-deps", "overbridge.recipe": digest };
  await runJob(site, job, (ended) => ended.commit(tag, labels));
  return tag;
}

export interface BuildOptions {
  /** Runs Open vSwitch's own tests. */
  readonly check: boolean;
  /** Compilers at once; absent: one a processor. */
  readonly jobs?: number | undefined;
  /** Digest of all that decides what is built. Its beginning becomes part of the packages' version. */
  readonly key: string;
}

/** Hex digits of the key in a version. */
const BUILD_ID_LENGTH = 8;

/**
 * Builds the packages that a host needs.
 *
 * @param image what `ensureDependencies` returned.
 * @returns the directory they are in.
 */
export async function build(
  site: Site,
  image: string,
  tarball: string,
  options: BuildOptions,
): Promise<string> {
  const volume = await ensureCompilerCache(site);
  const job = {
    purpose: "build",
    image,
    program: BUILD,
    files: [{ from: tarball, to: "/source.tar.gz" }],
    env: {
      BUILD_ID: options.key.replace("sha256:", "").slice(0, BUILD_ID_LENGTH),
      CHECKS: options.check ? "" : "nocheck",
      ...(options.jobs === undefined ? {} : { JOBS: String(options.jobs) }),
    },
    options: ["--volume", `${volume}:/ccache`],
  };
  const directory = join(site.work, "built");
  await mkdir(directory);
  site.phases.begin("configure");
  await runJob(site, job, (ended) => ended.copyOut("/out", directory), {
    onLine: (line) => {
      const phase = phaseOf(line);
      if (phase) site.phases.begin(phase);
    },
  });
  return directory;
}

/** The phase that begins with a line of debhelper's, which names each of its parts before it runs it. */
export function phaseOf(line: string): Phase | undefined {
  const part = /^ {3}(?:debian\/rules (?:override|execute_(?:before|after))_)?(dh_\w+)/.exec(line)?.[1];
  switch (part) {
    case "dh_auto_build":
    case "dh_auto_test":
      return "compile";
    case "dh_prep":
      return "package";
    default:
      return undefined;
  }
}

/**
 * The volume for the compiler's results: `$OVERBRIDGE_CCACHE_VOLUME`, else one for each distribution, since
 * compilers of different ones share no result.
 */
async function ensureCompilerCache({ context, engine, target, architecture }: Site): Promise<string> {
  const own = `overbridge-ccache-${target.replace(":", "-")}-${architecture}`;
  const volume = context.env.OVERBRIDGE_CCACHE_VOLUME || own;
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,100}$/.test(volume)) {
    throw new InputError(`OVERBRIDGE_CCACHE_VOLUME: expected the name of a Docker volume, found '${volume}'`);
  }
  const created = await engine.run(["volume", "create", "--label", "overbridge.role=ccache", volume]);
  if (created.trim() !== volume) throw new Failure(`docker volume create made '${created.trim()}'`);
  return volume;
}

import { constants, existsSync, statSync } from "node:fs";
import { access } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { ensureBaseImage, ownBaseTag } from "../docker/base-image.ts";
import { type Engine, openEngine } from "../docker/engine.ts";
import { Failure, InputError, messageOf } from "../errors.ts";
import { sweepContainers } from "../ovs/container.ts";
import { makeSet } from "../ovs/make-set.ts";
import { deliver, type PackageSet } from "../ovs/package-set.ts";
import { openPhases } from "../ovs/phases.ts";
import { DEFAULT_RELEASE } from "../ovs/releases.ts";
import { openLog, type Site } from "../ovs/site.ts";
import { chooseSource } from "../ovs/source.ts";
import { openStore } from "../ovs/store.ts";
import { architectures, targets } from "../ovs/targets.ts";
import type { Context } from "./context.ts";

export const buildOvsInputs = z.strictObject({
  ovsVersion: z
    .string()
    .regex(/^\d+(\.\d+){1,3}$/, "expected a version such as 3.7.1")
    .optional()
    .describe(
      "Version of Open vSwitch. With source 'upstream' the one to build (3.7.1 where not given); with any other the one it must have",
    ),
  target: z.enum(targets).default("ubuntu:24.04").describe("Distribution of the hosts"),
  arch: z.enum(architectures).optional().describe("Architecture of the hosts: that of the Docker engine"),
  source: z
    .string()
    .min(1)
    .default("upstream")
    .describe(
      "Where Open vSwitch comes from: 'upstream' (release tarball), path or URL of a tarball, 'distro' (the distribution's source), or 'packages' (the distribution's packages, nothing is built)",
    ),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "expected 64 hex digits")
    .optional()
    .describe(
      "SHA-256 of the tarball. Known for listed releases, needed for any other release and for a URL",
    ),
  allowUnverified: z
    .boolean()
    .default(false)
    .describe("Build a downloaded tarball whose digest nobody knows"),
  output: z.string().min(1).default(".").describe("Directory for the packages and their manifest.json"),
  check: z.boolean().default(false).describe("Run Open vSwitch's own test suite, which takes long"),
  jobs: z.int().min(1).max(256).optional().describe("Compilers to run at once: one a processor"),
});
export type BuildOvsInputs = z.output<typeof buildOvsInputs>;

export interface BuildOvsResult {
  /** The packages in the output directory. */
  readonly set: PackageSet;
  /** Whether they were there already, from an earlier build. */
  readonly cached: boolean;
}

/**
 * Builds Open vSwitch's Debian packages for the hosts' distribution in containers of it, proves that they work,
 * and leaves them with a manifest.json in the output directory. What was built before from the same inputs comes
 * from the cache (`$OVERBRIDGE_CACHE`, else `~/.cache/overbridge`).
 *
 * @throws InputError for inputs that cannot be met, Failure where a part of the build fails. No container, and
 *   no file but the log of a failed build, is left either way, nor when the signal is aborted.
 */
export async function buildOvs(inputs: BuildOvsInputs, context: Context): Promise<BuildOvsResult> {
  const source = await chooseSource(inputs);
  const output = await requireOutput(inputs.output);
  const engine = openEngine(context);
  const architecture = await requireArchitecture(engine, inputs.arch);
  const store = await openStore(context.env);
  await sweepContainers(engine);

  context.reporter.report({
    kind: "phase",
    title: `Open vSwitch packages for ${inputs.target} ${architecture}`,
  });
  const phases = openPhases(context.reporter, inputs.target);
  phases.begin("image");
  const names = [inputs.target, ownBaseTag(inputs.target)];
  const there = await engine.attempt(["image", "inspect", "--format", "{{.Id}}", ...names]);
  if (there.stdout.trim() !== "") phases.reuse();
  const reference = await ensureBaseImage(inputs.target, context);
  const id = (await engine.run(["image", "inspect", "--format", "{{.Id}}", reference])).trim();

  return store.work(async (work) => {
    const log = openLog(store.logFile(`${inputs.target.replace(":", "-")}-${architecture}`));
    const site: Site = {
      ...{ context, engine, architecture, phases, work, log },
      target: inputs.target,
      image: { reference, id },
    };
    try {
      const made = await makeSet(site, store, source, { ...inputs, ovsVersion: wantedVersion(inputs) });
      const set = await deliver(made.set, output);
      await log.discard();
      return { set, cached: made.cached };
    } catch (error) {
      phases.fail([]);
      // Of use only where a program failed: an input's error, or a cancelled build, leaves nothing.
      const wanted = error instanceof Failure && !context.signal.aborted && log.tail().length > 0;
      if (!wanted) await log.discard();
      throw error;
    } finally {
      await log.close();
    }
  });
}

/** With an upstream release the version is that of the address: what its tarball says must agree. */
function wantedVersion({ source, ovsVersion }: BuildOvsInputs): string | undefined {
  return ovsVersion ?? (source === "upstream" ? DEFAULT_RELEASE : undefined);
}

/** Looks without making it: a build that fails leaves no empty directory. */
async function requireOutput(path: string): Promise<string> {
  const directory = resolve(path);
  let nearest = directory;
  while (!existsSync(nearest)) nearest = dirname(nearest);
  try {
    if (!statSync(nearest).isDirectory()) throw new Error(`${nearest} is no directory`);
    await access(nearest, constants.W_OK);
  } catch (error) {
    throw new InputError(`output: ${path} cannot be written: ${messageOf(error)}`, "name another directory");
  }
  return directory;
}

async function requireArchitecture(engine: Engine, asked: string | undefined) {
  const found = (await engine.run(["version", "--format", "{{.Server.Arch}}"])).trim();
  const architecture = architectures.find((name) => name === found);
  if (!architecture) {
    throw new InputError(`arch: expected an engine of ${architectures.join(" or ")}, found ${found}`);
  }
  if (asked !== undefined && asked !== architecture) {
    throw new InputError(
      `arch: expected an engine that runs ${asked}, found ${architecture}`,
      `build on a machine of ${asked}: GitHub's runner ubuntu-24.04-arm is arm64, ubuntu-24.04 is amd64`,
    );
  }
  return architecture;
}

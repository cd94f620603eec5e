import { createHash } from "node:crypto";
import { messageOf } from "../../src/errors.ts";
import type { PackageSet } from "../../src/ovs/package-set.ts";
import { recipeDigest } from "../../src/ovs/recipe.ts";
import type { BuildOvsInputs } from "../../src/steps/build-ovs.ts";
import type { Context } from "../../src/steps/context.ts";
import { openToolkit } from "../shared/toolkit.ts";

/** The step's own cache in the job's workspace. A path is part of a cache's version, so it is a relative one. */
export const CACHE_FOLDER = ".overbridge/.cache";
const PATHS = [`${CACHE_FOLDER}/ovs`];

/** What all caches of the same inputs begin with. What else decides a set, the step finds out as it runs. */
function cachePrefix(inputs: BuildOvsInputs): string {
  const { target, arch, source, ovsVersion, sha256, check } = inputs;
  const decisive = JSON.stringify([arch, source, ovsVersion, sha256, check, recipeDigest]);
  const digest = createHash("sha256").update(decisive).digest("hex").slice(0, 16);
  return `overbridge-ovs-${target.replace(":", "-")}-${digest}-`;
}

function warn(context: Context, what: string, error: unknown): void {
  context.reporter.report({
    kind: "warning",
    text: `the cache could not be ${what}: ${messageOf(error)}`,
    hint: "nothing: the packages are built without it",
  });
}

/** Brings back what an earlier build of the same inputs saved. Without a cache the packages are built. */
export async function restore(inputs: BuildOvsInputs, context: Context): Promise<void> {
  const prefix = cachePrefix(inputs);
  try {
    await openToolkit().restoreCache([...PATHS], prefix, [prefix]);
  } catch (error) {
    warn(context, "restored", error);
  }
}

/** Saves what was built, at once: a later step of the job may fail. */
export async function save(inputs: BuildOvsInputs, set: PackageSet, context: Context): Promise<void> {
  const key = set.manifest.key.replace("sha256:", "").slice(0, 32);
  try {
    await openToolkit().saveCache([...PATHS], `${cachePrefix(inputs)}${key}`);
  } catch (error) {
    warn(context, "saved", error);
  }
}

/**
 * The large parts of the Actions toolkit, bundled once for all actions: they load it when they need it, which is
 * after their start.
 */
export { DefaultArtifactClient } from "@actions/artifact";
export { restoreCache, saveCache } from "@actions/cache";
export { getOctokit } from "@actions/github";

import path from "node:path";
import { MANIFEST_FILE } from "../../src/ovs/manifest.ts";
import type { PackageSet } from "../../src/ovs/package-set.ts";
import { buildOvs as buildOvsStep } from "../../src/steps/build-ovs.ts";
import { uploadFiles } from "../shared/artifacts.ts";
import type { ActionResult } from "../shared/definition.ts";
import type { BuildOvsCall } from "./action.ts";
import { CACHE_FOLDER, restore, save } from "./cache.ts";
import { showDocker } from "./docker.ts";

/** What a set's artifact is called. Equal names are equal sets, so one that is there already is as good. */
function artifactName({ manifest }: PackageSet): string {
  const { openvswitch, target, architecture, key } = manifest;
  const digest = key.replace("sha256:", "").slice(0, 12);
  return `openvswitch-${openvswitch}-${target.replace(":", "-")}-${architecture}-${digest}`;
}

/** Restores the packages or builds them, and hands them on. */
export async function run({
  inputs: { upload, ...inputs },
  context,
  root,
}: BuildOvsCall): Promise<ActionResult> {
  const env = { ...context.env, OVERBRIDGE_CACHE: path.join(root, CACHE_FOLDER) };
  await showDocker(context);
  await restore(inputs, context);
  const { set, cached } = await buildOvsStep(
    { ...inputs, output: path.resolve(root, inputs.output) },
    { ...context, env },
  );
  if (!cached) await save(inputs, set, context);
  const artifact = artifactName(set);
  const files = [...set.manifest.packages.map(({ file }) => file), MANIFEST_FILE];
  if (upload) await uploadFiles(artifact, set.directory, files);
  const { openvswitch, key, target } = set.manifest;
  return {
    outputs: {
      "cache-hit": String(cached),
      artifact: upload ? artifact : "",
      directory: set.directory,
      version: openvswitch,
      digest: key,
    },
    last: `Open vSwitch ${openvswitch} for ${target}, ${cached ? "from the cache" : "built and proven"}. Next: actions/configure, with 'artifact' (in this job: 'ovs-packages').`,
  };
}

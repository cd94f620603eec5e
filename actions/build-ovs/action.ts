import path from "node:path";
import { z } from "zod";
import { MANIFEST_FILE } from "../../src/ovs/manifest.ts";
import type { PackageSet } from "../../src/ovs/package-set.ts";
import { targets } from "../../src/ovs/targets.ts";
import { buildOvsInputs, buildOvs as buildOvsStep } from "../../src/steps/build-ovs.ts";
import { uploadFiles } from "../shared/artifacts.ts";
import { defineAction } from "../shared/definition.ts";
import { CACHE_FOLDER, restore, save } from "./cache.ts";

/** What a set's artifact is called. Equal names are equal sets, so one that is there already is as good. */
function artifactName({ manifest }: PackageSet): string {
  const { openvswitch, target, architecture, key } = manifest;
  const digest = key.replace("sha256:", "").slice(0, 12);
  return `openvswitch-${openvswitch}-${target.replace(":", "-")}-${architecture}-${digest}`;
}

/** `actions/build-ovs`: Open vSwitch's packages for the hosts, from the cache or built, as an artifact. */
export const buildOvs = defineAction({
  step: "build-ovs",
  description: "Build Open vSwitch's Debian packages for the hosts, cached, and hand them on as an artifact",
  inputs: buildOvsInputs.extend({
    target: z.enum(targets).describe(buildOvsInputs.shape.target.description ?? ""),
    output: buildOvsInputs.shape.output
      .default(".overbridge/.packages")
      .describe("Folder for the packages and their manifest.json, for later steps of this job"),
    upload: z.boolean().default(true).describe("Upload the packages as an artifact, for other jobs"),
  }),
  secrets: [],
  outputs: {
    "cache-hit": "true where the packages came from the cache",
    artifact: "Name of the artifact with the packages, for configure's input 'artifact'",
    directory: "Folder with the packages, for configure's input 'ovs-packages' in the same job",
    version: "Version of Open vSwitch",
    digest: "Digest of all that decides the packages",
  },
  async run({ inputs: { upload, ...inputs }, context, root }) {
    const env = { ...context.env, OVERBRIDGE_CACHE: path.join(root, CACHE_FOLDER) };
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
  },
});

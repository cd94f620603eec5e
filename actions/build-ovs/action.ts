import { z } from "zod";
import { targets } from "../../src/ovs/targets.ts";
import { buildOvsInputs } from "../../src/steps/build-ovs.ts";
import { type ActionCall, defineAction } from "../shared/definition.ts";

const inputs = buildOvsInputs.extend({
  target: z.enum(targets).describe(buildOvsInputs.shape.target.description ?? ""),
  output: buildOvsInputs.shape.output
    .default(".overbridge/.packages")
    .describe("Folder for the packages and their manifest.json, for later steps of this job"),
  upload: z.boolean().default(true).describe("Upload the packages as an artifact, for other jobs"),
});
export type BuildOvsCall = ActionCall<z.output<typeof inputs>>;

/** `actions/build-ovs`: Open vSwitch's packages for the hosts, from the cache or built, as an artifact. */
export const buildOvs = defineAction({
  step: "build-ovs",
  description: "Build Open vSwitch's Debian packages for the hosts, cached, and hand them on as an artifact",
  inputs,
  secrets: [],
  outputs: {
    "cache-hit": "true where the packages came from the cache",
    artifact: "Name of the artifact with the packages, for configure's input 'artifact'",
    directory: "Folder with the packages, for configure's input 'ovs-packages' in the same job",
    version: "Version of Open vSwitch",
    digest: "Digest of all that decides the packages",
  },
  interrupted: "run it again: nothing half made is left",
  // A step's code is evaluated when its inputs are in order: wrong ones are told of without waiting for it.
  async run(call) {
    return (await import(/* webpackMode: "eager" */ "./run.ts")).run(call);
  },
});

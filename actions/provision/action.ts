import { z } from "zod";
import { providers, provisionInputs } from "../../src/steps/inputs.ts";
import { type ActionCall, defineAction } from "../shared/definition.ts";

const inputs = provisionInputs.omit({ hostsFile: true }).extend({
  provider: z.enum(providers).describe(provisionInputs.shape.provider.description ?? ""),
  teardown: z
    .enum(["none", "post"])
    .default("none")
    .describe("When to remove the cluster again: post is the end of this job, however it ends"),
});
export type ProvisionCall = ActionCall<z.output<typeof inputs>>;

/** `actions/provision`: have the hosts, and hand on the host list. */
export const provision = defineAction({
  step: "provision",
  description: "Have the hosts of a cluster, and hand on their host list",
  inputs,
  secrets: ["token", "secret", "private-key"],
  outputs: {
    hosts: "The host list, one JSON document without a secret: what every later step is given",
    matrix: "For strategy.matrix: one entry a host, with its name in 'host' (or a chunk of names, above 256)",
    digest: "Digest of the host list",
    cluster: "Name of the cluster",
    cost: "What the hosts cost, as JSON without a secret, for verify; nothing where they cost nothing",
  },
  interrupted:
    "run it again, or remove what was made so far: actions/teardown with the same 'cluster' and 'provider'",
  // A step's code is evaluated when its inputs are in order: wrong ones are told of without waiting for it.
  async run(call) {
    return (await import(/* webpackMode: "eager" */ "./run.ts")).run(call);
  },
  async post(call) {
    return (await import(/* webpackMode: "eager" */ "./run.ts")).post(call);
  },
});

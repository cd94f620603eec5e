import { z } from "zod";
import { verifyInputs } from "../../src/steps/inputs.ts";
import { givenHosts, openCluster } from "../shared/cluster.ts";
import { type ActionCall, defineAction } from "../shared/definition.ts";

const inputs = verifyInputs.omit({ hostsFile: true }).extend({
  ...givenHosts,
  cost: z
    .string()
    .optional()
    .describe("What the hosts cost: provision's output 'cost' (default: what provision left in this job)"),
  supportArtifact: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,80}$/, "expected a name of letters, digits, '.', '_' and '-'")
    .default("overbridge-support")
    .describe("Where a pair fails every host's state is uploaded, as artifact NAME-HOST-ATTEMPT"),
});
export type VerifyCall = ActionCall<z.output<typeof inputs>>;

/** `actions/verify`: prove that containers on every pair of hosts reach each other. */
export const verify = defineAction({
  step: "verify",
  description:
    "Prove that containers on every pair of hosts reach each other, and show it in the job's summary",
  inputs,
  secrets: ["secret", "private-key"],
  outputs: {
    ok: "true where every pair of hosts reaches each other",
    totals: "How it came out, in one line",
  },
  interrupted: "run it again: verifying changes nothing",
  // A step's code is evaluated when its inputs are in order: wrong ones are told of without waiting for it.
  async run(call) {
    const cluster = await openCluster(call.inputs, call.root);
    return (await import(/* webpackMode: "eager" */ "./run.ts")).run(call, cluster);
  },
});

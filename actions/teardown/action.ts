import { z } from "zod";
import { nameSchema } from "../../src/cluster/host-list.ts";
import { InputError } from "../../src/errors.ts";
import { teardownInputs } from "../../src/steps/inputs.ts";
import { type ActionCall, defineAction } from "../shared/definition.ts";

const inputs = teardownInputs.omit({ hostsFile: true }).extend({
  cluster: nameSchema
    .optional()
    .describe("Name of the cluster to remove (default: that of the host list, where 'hosts' is given)"),
  hosts: z
    .string()
    .optional()
    .describe(
      "Provider static: the host list, provision's output 'hosts' (default: what provision left in this job)",
    ),
  closedPullRequests: z
    .boolean()
    .default(false)
    .describe("Provider digitalocean: remove every cluster pr-NUMBER whose pull request is closed"),
});
export type TeardownCall = ActionCall<z.output<typeof inputs>>;

/** The one thing that is to go. @throws InputError where none is named, or several. */
function checkOneThing({ cluster, hosts, expired, closedPullRequests }: z.output<typeof inputs>): void {
  const asked = [cluster !== undefined || hosts !== undefined, expired, closedPullRequests].filter(
    Boolean,
  ).length;
  if (asked === 1) return;
  throw new InputError(
    asked === 0
      ? "cluster is required, or hosts, or expired, or closed-pull-requests"
      : "cluster or hosts, expired, closed-pull-requests: expected one of them",
    "say what to remove: one cluster by name, all that are past their ttl, or those of closed pull requests",
  );
}

/** `actions/teardown`: remove all that a cluster has, and nothing else. */
export const teardown = defineAction({
  step: "teardown",
  description: "Remove all that a cluster has, and nothing else",
  inputs,
  secrets: ["token", "secret", "private-key", "github-token"],
  outputs: {
    removed: "What was removed, a line each",
    left: "What was left and why, a line each",
  },
  interrupted: "run the teardown again: it goes on with what is left",
  // A step's code is evaluated when its inputs are in order: wrong ones are told of without waiting for it.
  async run(call) {
    checkOneThing(call.inputs);
    return (await import(/* webpackMode: "eager" */ "./run.ts")).run(call);
  },
});

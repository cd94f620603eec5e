import { z } from "zod";
import { configureInputs } from "../../src/steps/inputs.ts";
import { givenHosts, openCluster } from "../shared/cluster.ts";
import { type ActionCall, defineAction } from "../shared/definition.ts";

/** What stands for every host where a host is asked for. */
export const ALL = "all";

const inputs = configureInputs.omit({ hostsFile: true }).extend({
  ...givenHosts,
  host: z
    .array(z.string())
    .default([ALL])
    .describe("Hosts to configure, by name or id with commas between, or all: a matrix job's 'host'"),
  artifact: z
    .array(z.string())
    .default([])
    .describe("Artifact with packages to install Open vSwitch from, build-ovs's output; one for each target"),
});
export type ConfigureCall = ActionCall<z.output<typeof inputs>>;

/** `actions/configure`: make hosts what the host list says. */
export const configure = defineAction({
  step: "configure",
  description: "Make hosts what the host list says; a second time changes nothing",
  inputs,
  secrets: ["secret", "private-key"],
  outputs: {
    changed: "How many properties were changed, over all hosts: 0 where everything was so already",
    digest: "Digest of the host list",
  },
  interrupted: "run it again: what is done already stays done",
  // A step's code is evaluated when its inputs are in order: wrong ones are told of without waiting for it.
  async run(call) {
    const cluster = await openCluster(call.inputs, call.root);
    return (await import(/* webpackMode: "eager" */ "./run.ts")).run(call, cluster);
  },
});

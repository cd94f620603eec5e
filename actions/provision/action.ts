import { z } from "zod";
import { digestOf } from "../../src/cluster/host-list.ts";
import { provisionSummary } from "../../src/report/summary.ts";
import { providers, provisionInputs, teardownInputs } from "../../src/steps/inputs.ts";
import { provision as provisionStep } from "../../src/steps/provision.ts";
import { Store } from "../../src/steps/store.ts";
import { teardown as teardownStep } from "../../src/steps/teardown.ts";
import { defineAction } from "../shared/definition.ts";
import { tellTeardown } from "../shared/teardown.ts";
import { takeTime } from "../shared/times.ts";
import { matrixOf } from "./matrix.ts";

/** `actions/provision`: have the hosts, and hand on the host list. */
export const provision = defineAction({
  step: "provision",
  description: "Have the hosts of a cluster, and hand on their host list",
  inputs: provisionInputs.omit({ hostsFile: true }).extend({
    provider: z.enum(providers).describe(provisionInputs.shape.provider.description ?? ""),
    teardown: z
      .enum(["none", "post"])
      .default("none")
      .describe("When to remove the cluster again: post is the end of this job, however it ends"),
  }),
  secrets: ["token", "secret", "private-key"],
  outputs: {
    hosts: "The host list, one JSON document without a secret: what every later step is given",
    matrix: "For strategy.matrix: one entry a host, with its name in 'host' (or a chunk of names, above 256)",
    digest: "Digest of the host list",
    cluster: "Name of the cluster",
  },
  async run({ inputs, context, root }) {
    const began = performance.now();
    const list = await provisionStep(inputs, context, new Store(root, inputs.cluster));
    const times = await takeTime(root, inputs.cluster, "provision", began);
    if (inputs.provider === "digitalocean" && !context.env.OVERBRIDGE_SECRET) {
      context.reporter.report({
        kind: "warning",
        text: "the cluster's secret was made here and stays on this runner: no other job can reach the hosts",
        hint: "keep one of your own (openssl rand -hex 32) among the repository's secrets, and give it as 'secret' to every step",
      });
    }
    return {
      outputs: {
        hosts: JSON.stringify(list),
        matrix: JSON.stringify(matrixOf(list)),
        digest: digestOf(list),
        cluster: list.cluster,
      },
      summary: provisionSummary(list, times),
      last: `Cluster ${list.cluster} has ${list.hosts.length} hosts. Next: actions/configure, with the output 'hosts'.`,
    };
  },
  async post({ inputs, context, root }) {
    if (inputs.teardown !== "post") return undefined;
    const { cluster, provider, apiUrl, key, jump } = inputs;
    const asked = teardownInputs.parse({ cluster, provider, apiUrl, key, jump });
    return tellTeardown(await teardownStep(asked, context, new Store(root, cluster)));
  },
});

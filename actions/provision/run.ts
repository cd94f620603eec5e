import { costUntil } from "../../src/cluster/cost.ts";
import { digestOf } from "../../src/cluster/host-list.ts";
import { provisionSummary } from "../../src/report/summary.ts";
import { teardownInputs } from "../../src/steps/inputs.ts";
import { provision as provisionStep } from "../../src/steps/provision.ts";
import { Store } from "../../src/steps/store.ts";
import { teardown as teardownStep } from "../../src/steps/teardown.ts";
import type { ActionResult } from "../shared/definition.ts";
import { tellTeardown } from "../shared/teardown.ts";
import { takeTime } from "../shared/times.ts";
import type { ProvisionCall } from "./action.ts";
import { matrixOf } from "./matrix.ts";

/** Has the hosts, and hands on their list. */
export async function run({ inputs, context, root }: ProvisionCall): Promise<ActionResult> {
  const began = performance.now();
  const store = new Store(root, inputs.cluster);
  const list = await provisionStep(inputs, context, store);
  const cost = await store.findCost();
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
      ...(cost ? { cost: JSON.stringify(cost) } : {}),
    },
    summary: provisionSummary(list, times, cost && costUntil(cost, Date.now())),
    last: `Cluster ${list.cluster} has ${list.hosts.length} hosts. Next: actions/configure, with the output 'hosts'.`,
  };
}

/** Removes the cluster again at the end of the job, where that was asked for. */
export async function post({ inputs, context, root }: ProvisionCall): Promise<ActionResult | undefined> {
  if (inputs.teardown !== "post") return undefined;
  const { cluster, provider, apiUrl, key, jump } = inputs;
  const asked = teardownInputs.parse({ cluster, provider, apiUrl, key, jump });
  return tellTeardown(await teardownStep(asked, context, new Store(root, cluster)));
}

import { z } from "zod";
import { type HostList, nameSchema, parseHostList } from "../../src/cluster/host-list.ts";
import { InputError } from "../../src/errors.ts";
import { Store } from "../../src/steps/store.ts";

/** Which cluster a step after provisioning is about: its host list, or its name where this job provisioned it. */
export const givenHosts = {
  hosts: z
    .string()
    .optional()
    .describe("The host list: provision's output 'hosts' (default: what provision left in this job)"),
  cluster: nameSchema.default("main").describe("Name of the cluster, where 'hosts' is not given"),
};

/** A cluster that is there: its host list, and what this machine keeps of it. */
export interface Cluster {
  readonly list: HostList;
  readonly store: Store;
}

/** The host list as it was given, else as provisioning left it in this job's workspace. @throws InputError */
export async function openCluster(
  inputs: { readonly hosts?: string | undefined; readonly cluster: string },
  root: string,
): Promise<Cluster> {
  if (inputs.hosts === undefined) {
    const store = new Store(root, inputs.cluster);
    const list = await store.findHostList();
    if (list) return { list, store };
    throw new InputError(
      `hosts is required: this job has provisioned no cluster ${inputs.cluster}`,
      "give the output 'hosts' of actions/provision",
    );
  }
  const list = parseHostList(inputs.hosts, "hosts");
  return { list, store: new Store(root, list.cluster) };
}

import { type HostList, parseHostList } from "../../src/cluster/host-list.ts";
import { InputError } from "../../src/errors.ts";
import type { Context } from "../../src/steps/context.ts";
import { provisionInputs } from "../../src/steps/inputs.ts";
import { openDigitalocean } from "../../src/steps/open-provider.ts";
import { Store } from "../../src/steps/store.ts";
import { type TeardownResult, teardown as teardownStep } from "../../src/steps/teardown.ts";
import type { ActionResult } from "../shared/definition.ts";
import { tellTeardown } from "../shared/teardown.ts";
import type { TeardownCall } from "./action.ts";
import { ofClosedPullRequests } from "./closed-pull-requests.ts";

type Inputs = TeardownCall["inputs"];

/** Removes the clusters of closed pull requests, one after another. */
async function removeClosed(asked: Inputs, context: Context, root: string): Promise<TeardownResult> {
  const { closedPullRequests, hosts, ...rest } = asked;
  if (asked.provider !== "digitalocean") {
    throw new InputError("closed-pull-requests goes with provider digitalocean alone");
  }
  context.reporter.report({ kind: "phase", title: "Looking for clusters of closed pull requests" });
  const store = (cluster: string) => new Store(root, cluster);
  const provider = openDigitalocean(provisionInputs.parse({ apiUrl: asked.apiUrl }), context, store("main"));
  const closed = await ofClosedPullRequests(await provider.clusters(context), context.env);
  const results: TeardownResult[] = [];
  for (const cluster of closed) {
    results.push(await teardownStep({ ...rest, cluster }, context, store(cluster)));
  }
  return {
    ok: results.every(({ ok }) => ok),
    removed: results.flatMap(({ removed }) => removed),
    left: results.flatMap(({ left }) => left),
  };
}

/** The host list as it was given. @throws InputError where it is none, or another cluster's. */
function readHosts({ hosts, cluster }: Inputs): HostList | undefined {
  if (hosts === undefined) return undefined;
  const list = parseHostList(hosts, "hosts");
  if (cluster === undefined || cluster === list.cluster) return list;
  throw new InputError(
    `hosts: expected the host list of cluster ${cluster}, found that of ${list.cluster}`,
    "leave out 'cluster': the host list names it",
  );
}

/**
 * A job that did not provision the cluster knows nothing of it, and looking in the wrong place finds nothing.
 *
 * @throws InputError naming the input that such a job has to give.
 */
async function checkKnown(asked: Inputs, list: HostList | undefined, store: Store): Promise<void> {
  const remembered = await store.rememberedInputs();
  const provider = asked.provider ?? remembered.provider;
  if (provider === undefined) {
    throw new InputError(
      "provider is required: this job has not provisioned the cluster",
      "say where its hosts came from",
    );
  }
  if (provider !== "static" || asked.expired || list || (await store.findHostList())) return;
  // What this job began and did not end is known by its inputs.
  if (Array.isArray(remembered.host) && remembered.host.length > 0) return;
  throw new InputError(
    `hosts is required: this job has not provisioned cluster ${store.cluster}, and provider static finds hosts by their list`,
    "give the output 'hosts' of actions/provision",
  );
}

/** Removes one cluster, or all that are past their ttl. */
async function remove(asked: Inputs, context: Context, root: string): Promise<TeardownResult> {
  const { closedPullRequests, hosts, ...rest } = asked;
  const list = readHosts(asked);
  const cluster = asked.cluster ?? list?.cluster ?? "main";
  const store = new Store(root, cluster);
  await checkKnown(asked, list, store);
  return teardownStep({ ...rest, cluster }, context, store, list);
}

/** Removes what was asked for. */
export async function run({ inputs: asked, context, root }: TeardownCall): Promise<ActionResult> {
  const result = await (asked.closedPullRequests ? removeClosed : remove)(asked, context, root);
  return {
    outputs: { removed: result.removed.join("\n"), left: result.left.join("\n") },
    ...tellTeardown(result),
  };
}

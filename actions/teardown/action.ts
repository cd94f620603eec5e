import { z } from "zod";
import { nameSchema } from "../../src/cluster/host-list.ts";
import { InputError } from "../../src/errors.ts";
import type { Context } from "../../src/steps/context.ts";
import { provisionInputs, teardownInputs } from "../../src/steps/inputs.ts";
import { openDigitalocean } from "../../src/steps/open-provider.ts";
import { Store } from "../../src/steps/store.ts";
import { type TeardownResult, teardown as teardownStep } from "../../src/steps/teardown.ts";
import { defineAction } from "../shared/definition.ts";
import { tellTeardown } from "../shared/teardown.ts";
import { ofClosedPullRequests } from "./closed-pull-requests.ts";

const inputs = teardownInputs.omit({ hostsFile: true }).extend({
  cluster: nameSchema.optional().describe("Name of the cluster to remove"),
  closedPullRequests: z
    .boolean()
    .default(false)
    .describe("Provider digitalocean: remove every cluster pr-NUMBER whose pull request is closed"),
});
type Inputs = z.output<typeof inputs>;

/** The one thing that is to go. @throws InputError where none is named, or several. */
function whatToRemove({ cluster, expired, closedPullRequests }: Inputs): void {
  const asked = [cluster !== undefined, expired, closedPullRequests].filter(Boolean).length;
  if (asked === 1) return;
  throw new InputError(
    asked === 0
      ? "cluster is required, or expired, or closed-pull-requests"
      : "cluster, expired, closed-pull-requests: expected one of them",
    "say what to remove: one cluster by name, all that are past their ttl, or those of closed pull requests",
  );
}

/** Removes the clusters of closed pull requests, one after another. */
async function removeClosed(asked: Inputs, context: Context, root: string): Promise<TeardownResult> {
  const { closedPullRequests, ...rest } = asked;
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

/** Removes one cluster, or all that are past their ttl. */
async function remove(asked: Inputs, context: Context, root: string): Promise<TeardownResult> {
  const { closedPullRequests, ...rest } = asked;
  const cluster = asked.cluster ?? "main";
  const store = new Store(root, cluster);
  // A job that did not provision the cluster knows nothing of it, and looking in the wrong place finds nothing.
  if (asked.provider === undefined && (await store.rememberedInputs()).provider === undefined) {
    throw new InputError(
      "provider is required: this job has not provisioned the cluster",
      "say where its hosts came from",
    );
  }
  return teardownStep({ ...rest, cluster }, context, store);
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
  async run({ inputs: asked, context, root }) {
    whatToRemove(asked);
    const result = await (asked.closedPullRequests ? removeClosed : remove)(asked, context, root);
    return {
      outputs: { removed: result.removed.join("\n"), left: result.left.join("\n") },
      ...tellTeardown(result),
    };
  },
});

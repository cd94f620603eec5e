import { nameSchema } from "../../src/cluster/host-list.ts";
import { InputError } from "../../src/errors.ts";
import { teardownInputs } from "../../src/steps/inputs.ts";
import { Store } from "../../src/steps/store.ts";
import { teardown as teardownStep } from "../../src/steps/teardown.ts";
import { defineAction } from "../shared/definition.ts";
import { tellTeardown } from "../shared/teardown.ts";

/** `actions/teardown`: remove all that a cluster has, and nothing else. */
export const teardown = defineAction({
  step: "teardown",
  description: "Remove all that a cluster has, and nothing else",
  inputs: teardownInputs.omit({ hostsFile: true }).extend({
    cluster: nameSchema.optional().describe("Name of the cluster to remove"),
  }),
  secrets: ["token", "secret", "private-key"],
  outputs: {
    removed: "What was removed, a line each",
    left: "What was left and why, a line each",
  },
  async run({ inputs, context, root }) {
    const { cluster } = inputs;
    if (cluster === undefined) throw new InputError("cluster is required", "name the cluster to remove");
    const result = await teardownStep({ ...inputs, cluster }, context, new Store(root, cluster));
    return {
      outputs: { removed: result.removed.join("\n"), left: result.left.join("\n") },
      ...tellTeardown(result),
    };
  },
});

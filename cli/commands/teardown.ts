import { teardownInputs } from "../../src/steps/inputs.ts";
import { teardown } from "../../src/steps/teardown.ts";
import { define } from "../define.ts";

/** `overbridge teardown`, also `down`: remove all that a cluster has, or every cluster past its ttl, and nothing else. */
export const teardownCommand = define({
  usage: "teardown",
  aliases: ["down"],
  summary: "remove all that the cluster has, and nothing else",
  inputs: teardownInputs,
  async run({ inputs, store, context }) {
    const result = await teardown(inputs, context, store);
    const nothing = inputs.expired
      ? "no cluster is past its ttl"
      : `cluster ${inputs.cluster}: nothing to remove`;
    const lines = [
      ...result.removed.map((what) => `${inputs.dryRun ? "would remove" : "removed"} ${what}`),
      ...result.left.map((what) => `left ${what}`),
      ...(result.removed.length === 0 ? [nothing] : []),
    ];
    return { exitCode: result.ok ? 0 : 1, json: result, text: lines.join("\n") };
  },
});

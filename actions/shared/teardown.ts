import type { TeardownResult } from "../../src/steps/teardown.ts";
import type { ActionResult } from "./definition.ts";

/** What a teardown came to: all that went and all that stayed, line by line, the verdict last. */
export function tellTeardown({ ok, cluster, removed, left }: TeardownResult): ActionResult {
  const count = removed.length === 1 ? "1 thing" : `${removed.length} things`;
  return {
    ...(ok
      ? {}
      : {
          problems: left.map((text) => ({
            title: `cluster ${cluster} is not all gone`,
            text,
            hint: "run the teardown again",
          })),
        }),
    last: ok ? `Cluster ${cluster}: ${count} removed.` : "What to do: run the teardown again.",
  };
}

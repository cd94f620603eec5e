import type { TeardownResult } from "../../src/steps/teardown.ts";
import type { ActionResult } from "./definition.ts";

/** What a teardown came to: what went and what stayed, a line each in the log, and the verdict. */
export function tellTeardown({ ok, cluster, removed, left }: TeardownResult): ActionResult {
  const what = cluster === undefined ? "clusters" : `cluster ${cluster}`;
  const count = removed.length === 1 ? "1 thing" : `${removed.length} things`;
  const hint = "run the teardown again";
  return {
    lines: [...removed.map((text) => `removed ${text}`), ...left.map((text) => `left ${text}`)],
    problems: ok ? [] : left.map((text) => ({ title: `${what}: not all is gone`, text, hint })),
    last: ok ? `${what}: ${count} removed` : `What to do: ${hint}`,
  };
}

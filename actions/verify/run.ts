import { writeFile } from "node:fs/promises";
import path from "node:path";
import { costUntil, parseCost } from "../../src/cluster/cost.ts";
import { isStated, messageOf } from "../../src/errors.ts";
import { matrixText, matrixTotals } from "../../src/report/matrix.ts";
import { verifySummary } from "../../src/report/summary.ts";
import { connector } from "../../src/steps/connect.ts";
import type { Context } from "../../src/steps/context.ts";
import { status } from "../../src/steps/status.ts";
import { support } from "../../src/steps/support.ts";
import { verify as verifyStep } from "../../src/steps/verify.ts";
import type { VerifyResult } from "../../src/verify/judge.ts";
import { temporaryFolder, uploadFiles } from "../shared/artifacts.ts";
import type { Cluster } from "../shared/cluster.ts";
import type { ActionResult, Problem } from "../shared/definition.ts";
import { takeTime } from "../shared/times.ts";
import type { VerifyCall } from "./action.ts";

/** Each cause once, with how many pairs it is given for. */
function problemsOf({ ok, hosts, pairs }: VerifyResult): Problem[] {
  if (ok) return [];
  const causes = new Map<string, { hint: string | undefined; ways: string[] }>();
  for (const { reason, hint } of hosts) if (reason) causes.set(reason, { hint, ways: [] });
  for (const { ok: isFine, from, to, cause = "no cause was found", hint } of pairs) {
    if (isFine) continue;
    const known = causes.get(cause) ?? { hint, ways: [] };
    known.ways.push(`${from} -> ${to}`);
    causes.set(cause, known);
  }
  return [...causes].map(([text, { hint, ways }]) => ({
    title:
      ways.length === 1
        ? `${ways[0]} failed`
        : ways.length === 0
          ? "a host failed"
          : `${ways.length} pairs failed`,
    text,
    hint,
  }));
}

/** Uploads what every host knows, an artifact each. What went wrong is told whether or not that works. */
async function uploadSupport(texts: ReadonlyMap<string, string>, artifact: string, context: Context) {
  const folder = await temporaryFolder("support");
  for (const [host, text] of texts) {
    const file = `${host}.txt`;
    await writeFile(path.join(folder, file), text, { mode: 0o600 });
    const name = `${artifact}-${host}-${context.env.GITHUB_RUN_ATTEMPT ?? "1"}`;
    try {
      const isNew = await uploadFiles(name, folder, [file]);
      if (isNew) continue;
      const hint = "give each verify of a workflow a 'support-artifact' of its own";
      context.reporter.report({ kind: "warning", host, text: `artifact ${name} is there already`, hint });
    } catch (error) {
      if (!isStated(error)) throw error;
      context.reporter.report({ kind: "warning", host, text: messageOf(error) });
    }
  }
}

/** Verifies every pair, and where one fails uploads what every host knows. */
export async function run(
  { inputs, context, root }: VerifyCall,
  { list, store }: Cluster,
): Promise<ActionResult> {
  const began = performance.now();
  const cost = inputs.cost === undefined ? await store.findCost() : parseCost(inputs.cost, "cost");
  const connectHost = await connector(inputs, context, store, {});
  context.reporter.report({ kind: "phase", title: "Verifying every pair of hosts" });
  const result = await verifyStep({ list, throughputSeconds: inputs.throughput }, context, connectHost);
  const state = await status(list, context, connectHost);
  const times = await takeTime(root, list.cluster, "verify", began);
  context.reporter.report({ kind: "note", text: matrixText(result) });
  const problems = problemsOf(result);
  if (!result.ok)
    await uploadSupport(await support(list, context, connectHost), inputs.supportArtifact, context);
  return {
    outputs: { ok: String(result.ok), totals: matrixTotals(result) },
    summary: verifySummary(list, result, state, times, cost && costUntil(cost, Date.now())),
    problems,
    last: result.ok
      ? `${matrixTotals(result)}. Containers join with: docker run --network ${list.overlay.name}`
      : `What to do: ${problems.find(({ hint }) => hint)?.hint ?? "see the reasons above"}; then run it again.`,
  };
}

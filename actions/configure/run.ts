import { configureSummary } from "../../src/report/summary.ts";
import { configure as configureStep } from "../../src/steps/configure.ts";
import { connector } from "../../src/steps/connect.ts";
import { readPackageSets } from "../../src/steps/package-sets.ts";
import { selectHosts } from "../../src/steps/select-hosts.ts";
import { readUserProperties } from "../../src/steps/user-properties.ts";
import { downloadFiles } from "../shared/artifacts.ts";
import type { Cluster } from "../shared/cluster.ts";
import type { ActionResult } from "../shared/definition.ts";
import { takeTime } from "../shared/times.ts";
import { ALL, type ConfigureCall } from "./action.ts";

/** Configures the hosts that were asked for. */
export async function run(
  { inputs, context, root }: ConfigureCall,
  { list, store }: Cluster,
): Promise<ActionResult> {
  const began = performance.now();
  const packages = [...inputs.ovsPackages, ...(await Promise.all(inputs.artifact.map(downloadFiles)))];
  const packageSets = await readPackageSets(packages);
  const userProperties = await readUserProperties(inputs.properties);
  const hosts = selectHosts(list, inputs.host.includes(ALL) ? [] : inputs.host);
  const connectHost = await connector(inputs, context, store, { waitSeconds: inputs.timeout });
  context.reporter.report({
    kind: "phase",
    title: `Configuring ${hosts.map(({ name }) => name).join(", ")}`,
  });
  const result = await configureStep(
    { list, hosts, mode: "run", userProperties, ...packageSets },
    context,
    connectHost,
  );
  const times = await takeTime(root, list.cluster, "configure", began);
  const failed = result.hosts.filter(({ outcome }) => outcome === "failed");
  return {
    outputs: { changed: String(result.changed), digest: result.digest },
    summary: configureSummary(result, times),
    problems: failed.map(({ host, reason = "failed", hint }) => ({
      title: `${host} is not configured`,
      text: reason,
      hint,
    })),
    last: result.ok
      ? `${hosts.length} of ${list.hosts.length} hosts configured, ${result.changed} properties changed. Next, when all are: actions/verify.`
      : `What to do: ${failed.find(({ hint }) => hint)?.hint ?? "see the reason above"}; then re-run this job, which does again only what is not done.`,
  };
}

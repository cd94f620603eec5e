import { z } from "zod";
import { configure as configureStep } from "../../src/steps/configure.ts";
import { connector } from "../../src/steps/connect.ts";
import { configureInputs } from "../../src/steps/inputs.ts";
import { readPackageSets } from "../../src/steps/package-sets.ts";
import { selectHosts } from "../../src/steps/select-hosts.ts";
import { readUserProperties } from "../../src/steps/user-properties.ts";
import { downloadFiles } from "../shared/artifacts.ts";
import { givenHosts, openCluster } from "../shared/cluster.ts";
import { defineAction } from "../shared/definition.ts";
import { takeTime } from "../shared/times.ts";

/** What stands for every host where a host is asked for. */
const ALL = "all";

/** `actions/configure`: make hosts what the host list says. */
export const configure = defineAction({
  step: "configure",
  description: "Make hosts what the host list says; a second time changes nothing",
  inputs: configureInputs.omit({ hostsFile: true }).extend({
    ...givenHosts,
    host: z
      .array(z.string())
      .default([ALL])
      .describe("Hosts to configure, by name or id with commas between, or all: a matrix job's 'host'"),
    artifact: z
      .array(z.string())
      .default([])
      .describe(
        "Artifact with packages to install Open vSwitch from, build-ovs's output; one for each target",
      ),
  }),
  secrets: ["secret", "private-key"],
  outputs: {
    changed: "How many properties were changed, over all hosts: 0 where everything was so already",
    digest: "Digest of the host list",
  },
  async run({ inputs, context, root }) {
    const began = performance.now();
    const { list, store } = await openCluster(inputs, root);
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
    await takeTime(root, list.cluster, "configure", began);
    const failed = result.hosts.filter(({ outcome }) => outcome === "failed");
    return {
      outputs: { changed: String(result.changed), digest: result.digest },
      problems: failed.map(({ host, reason = "failed", hint }) => ({
        title: `${host} is not configured`,
        text: reason,
        hint,
      })),
      last: result.ok
        ? `${hosts.length} of ${list.hosts.length} hosts configured, ${result.changed} properties changed. Next, when all are: actions/verify.`
        : `What to do: ${failed.find(({ hint }) => hint)?.hint ?? "see the reason above"}; then re-run this job, which does again only what is not done.`,
    };
  },
});

import { hostProgram } from "../../src/host/host-program.ts";
import { configure } from "../../src/steps/configure.ts";
import { connector } from "../../src/steps/connect.ts";
import { configureInputs } from "../../src/steps/inputs.ts";
import { readPackageSets } from "../../src/steps/package-sets.ts";
import { selectHosts } from "../../src/steps/select-hosts.ts";
import { readUserProperties } from "../../src/steps/user-properties.ts";
import { define } from "../define.ts";
import { planText } from "../texts.ts";

/**
 * `overbridge plan`: with `--host`, the program of that host, untouched by it; else what a configure would
 * change on each host. Exit code 0 where nothing would.
 */
export const planCommand = define({
  usage: "plan",
  summary: "say what configure would change (with --host: print that host's program)",
  inputs: configureInputs,
  async run({ inputs, store, context }) {
    const list = await store.hostList();
    const userProperties = await readUserProperties(inputs.properties);
    const packageSets = await readPackageSets(inputs.ovsPackages);
    const hosts = selectHosts(list, inputs.host);
    if (inputs.host.length > 0) {
      const programs = hosts.map((host) => ({
        host: host.name,
        program: hostProgram(list, host, { mode: "run", userProperties }).text,
      }));
      return { exitCode: 0, json: programs, text: programs.map(({ program }) => program).join("\n") };
    }
    const connectHost = await connector(inputs, context, store, {});
    const result = await configure(
      { list, hosts, mode: "look", userProperties, ...packageSets },
      context,
      connectHost,
    );
    return { exitCode: result.ok && result.changed === 0 ? 0 : 1, json: result, text: planText(result) };
  },
});

import { configure } from "../../src/steps/configure.ts";
import { connector } from "../../src/steps/connect.ts";
import { configureInputs } from "../../src/steps/inputs.ts";
import { readPackageSets } from "../../src/steps/package-sets.ts";
import { selectHosts } from "../../src/steps/select-hosts.ts";
import { readUserProperties } from "../../src/steps/user-properties.ts";
import { define } from "../define.ts";
import { configureText } from "../texts.ts";

/** `overbridge configure`: make every host what the host list says. */
export const configureCommand = define({
  usage: "configure",
  summary: "make every host what the host list says",
  inputs: configureInputs,
  async run({ inputs, store, context }) {
    const list = await store.hostList();
    const userProperties = await readUserProperties(inputs.properties);
    const packageSets = await readPackageSets(inputs.ovsPackages);
    const connectHost = await connector(inputs, context, store, { waitSeconds: inputs.timeout });
    const hosts = selectHosts(list, inputs.host);
    const result = await configure(
      { list, hosts, mode: "run", userProperties, ...packageSets },
      context,
      connectHost,
    );
    return { exitCode: result.ok ? 0 : 1, json: result, text: configureText(result) };
  },
});

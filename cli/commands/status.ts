import { connector } from "../../src/steps/connect.ts";
import { clusterInputs, loginInputs } from "../../src/steps/inputs.ts";
import { status } from "../../src/steps/status.ts";
import { define } from "../define.ts";
import { statusText } from "../texts.ts";

/** `overbridge status`: what every host is now. */
export const statusCommand = define({
  usage: "status",
  summary: "show every host as it is now: reachable, host list, tunnels, containers",
  inputs: clusterInputs.extend(loginInputs.shape),
  async run({ inputs, store, context }) {
    const list = await store.hostList();
    const result = await status(list, context, await connector(inputs, context, store, {}));
    return { exitCode: result.ok ? 0 : 1, json: result, text: statusText(result, list) };
  },
});

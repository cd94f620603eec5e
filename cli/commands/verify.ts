import { matrixText } from "../../src/report/matrix.ts";
import { connector } from "../../src/steps/connect.ts";
import { verifyInputs } from "../../src/steps/inputs.ts";
import { verify } from "../../src/steps/verify.ts";
import { define } from "../define.ts";

/** `overbridge verify`: prove that containers on every pair of hosts reach each other. */
export const verifyCommand = define({
  usage: "verify",
  summary: "prove that containers on every pair of hosts reach each other",
  inputs: verifyInputs,
  async run({ inputs, store, context }) {
    const list = await store.hostList();
    const connectHost = await connector(inputs, context, store, {});
    const result = await verify({ list, throughputSeconds: inputs.throughput }, context, connectHost);
    return { exitCode: result.ok ? 0 : 1, json: result, text: matrixText(result) };
  },
});

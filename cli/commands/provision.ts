import { hostTable } from "../../src/report/host-table.ts";
import { provisionInputs } from "../../src/steps/inputs.ts";
import { provision } from "../../src/steps/provision.ts";
import { define } from "../define.ts";

/** `overbridge provision`: have the hosts, and write the host list. */
export const provisionCommand = define({
  usage: "provision",
  summary: "have the hosts, and write the host list",
  inputs: provisionInputs,
  async run({ inputs, store, context }) {
    const list = await provision(inputs, context, store);
    return { exitCode: 0, json: list, text: hostTable(list) };
  },
});

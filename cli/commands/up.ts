import { hostTable } from "../../src/report/host-table.ts";
import { matrixText } from "../../src/report/matrix.ts";
import { upInputs } from "../../src/steps/inputs.ts";
import { up } from "../../src/steps/up.ts";
import { define } from "../define.ts";
import { configureText } from "../texts.ts";

/** `overbridge up`: provision, configure and verify, one after another. */
export const upCommand = define({
  usage: "up",
  summary: "provision hosts, configure them and verify the network",
  inputs: upInputs,
  async run({ inputs, store, context }) {
    const result = await up(inputs, context, store);
    const { list, configured, verified } = result;
    const parts = [hostTable(list)];
    if (!configured.ok) parts.push(configureText(configured));
    if (verified) parts.push(matrixText(verified));
    if (result.ok)
      parts.push(
        nextSteps(
          list.overlay.name,
          list.cluster,
          list.hosts.map(({ name }) => name),
        ),
      );
    return { exitCode: result.ok ? 0 : 1, json: result, text: parts.join("\n\n") };
  },
});

/** Three commands to type next. The image is the one verify leaves on every host, with the host's own programs. */
function nextSteps(network: string, cluster: string, hosts: readonly string[]): string {
  const flag = cluster === "main" ? "" : ` --cluster ${cluster}`;
  const first = hosts[0];
  return [
    "Next:",
    `  npx overbridge exec${flag} ${first} -- docker run --rm -v /usr:/usr:ro --network ${network} overbridge/probe ip -brief address`,
    `  npx overbridge ssh${flag} ${hosts.at(-1)}`,
    `  npx overbridge down${flag}`,
  ].join("\n");
}

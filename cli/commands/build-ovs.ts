import { seconds } from "../../src/report/lines.ts";
import { table } from "../../src/report/table.ts";
import { buildOvs, buildOvsInputs } from "../../src/steps/build-ovs.ts";
import { define } from "../define.ts";

/** `overbridge build-ovs`: Open vSwitch's Debian packages for the hosts, built, proven and cached. */
export const buildOvsCommand = define({
  usage: "build-ovs",
  summary: "build Open vSwitch's Debian packages for the hosts",
  inputs: buildOvsInputs,
  async run({ inputs, context }) {
    const began = performance.now();
    const { set, cached } = await buildOvs(inputs, context);
    const { manifest, directory } = set;
    const rows = manifest.packages.map(({ package: name, version, architecture, file }) => [
      name,
      version,
      architecture,
      file,
    ]);
    const text = [
      `Open vSwitch ${manifest.openvswitch} for ${manifest.target} ${manifest.architecture} in ${directory}, ${cached ? "from the cache" : "built and proven"} in ${seconds(performance.now() - began)}`,
      table([["PACKAGE", "VERSION", "ARCHITECTURE", "FILE"], ...rows]),
    ].join("\n");
    return { exitCode: 0, json: { ok: true, directory, cached, manifest }, text };
  },
});

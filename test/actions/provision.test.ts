import { afterEach, beforeEach, expect, test } from "vitest";
import { parseHostList } from "../../src/cluster/host-list.ts";
import { deriveClientKey } from "../../src/cluster/keys.ts";
import { parseSecret } from "../../src/cluster/secret.ts";
import { hostKey, startServer } from "../ssh/server.ts";
import { standIns } from "../ssh/stand-ins.ts";
import { openJob } from "./run-action.ts";

const SECRET = "5e".repeat(32);
const client = deriveClientKey(parseSecret(SECRET, "SECRET"), "team");

let job: Awaited<ReturnType<typeof openJob>>;
beforeEach(async () => {
  job = await openJob();
});
afterEach(() => job.remove());

/** A host that will do, as far as it tells of itself. @returns where it is, `address:port` */
async function startHost(underlay: string): Promise<string> {
  const said = ["architecture x86_64", "system debian 12", "root root", `arrived ${underlay}`];
  const lines = [...said, `address ${underlay}`].map((line) => `echo '${line}'`);
  const { env } = await standIns({ sh: ["cat >/dev/null", ...lines].join("\n") });
  const { target } = await startServer({ authorized: () => [client.fingerprint], env });
  return `${target.address}:${target.port}`;
}

test("provision hands on the host list, a matrix over it, and nothing that GitHub would drop", async () => {
  const places = [await startHost("10.0.0.1"), await startHost("10.0.0.2")];
  const { exitCode, outputs, summary, stdout } = await job.run("provision", {
    inputs: {
      ...{ cluster: "team", provider: "static", secret: SECRET },
      host: places.map((place) => `root@${place}`).join(","),
      "host-key": places.map((place) => `${place}=${hostKey.fingerprint}`).join("\n"),
    },
  });
  expect(exitCode).toBe(0);
  // Hosts that are there already cost nothing.
  expect(Object.keys(outputs).toSorted()).toEqual(["cluster", "digest", "hosts", "matrix"]);
  const list = parseHostList(outputs.hosts!, "hosts");
  expect(list.hosts.map(({ name, underlay }) => [name, underlay])).toEqual([
    ["host1", "10.0.0.1"],
    ["host2", "10.0.0.2"],
  ]);
  expect(JSON.parse(outputs.matrix!)).toEqual({ include: [{ host: "host1" }, { host: "host2" }] });
  expect(outputs).toMatchObject({ cluster: "team", digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
  expect(Object.values(outputs).join()).not.toContain("\n");
  expect(summary).toContain("### Cluster team");
  expect(summary).not.toContain("Cost:");
  expect(stdout.trimEnd().split("\n").at(-1)).toBe(
    "Cluster team has 2 hosts. Next: actions/configure, with the output 'hosts'.",
  );
});

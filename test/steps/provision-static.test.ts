import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deriveClientKey } from "../../src/cluster/keys.ts";
import { parseSecret } from "../../src/cluster/secret.ts";
import type { Context } from "../../src/steps/context.ts";
import { provisionInputs } from "../../src/steps/inputs.ts";
import { provision } from "../../src/steps/provision.ts";
import { Store } from "../../src/steps/store.ts";
import { hostKey, startServer } from "../ssh/server.ts";
import { standIns } from "../ssh/stand-ins.ts";

const SECRET = "5e".repeat(32);
const client = deriveClientKey(parseSecret(SECRET, "SECRET"), "main");

let root: string;
let store: Store;
let context: Context;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "overbridge-step-"));
  store = new Store(root, "main");
  context = {
    reporter: { report() {}, close() {} },
    signal: new AbortController().signal,
    env: { HOME: root, OVERBRIDGE_SECRET: SECRET },
  };
});
afterEach(() => rm(root, { recursive: true, force: true }));

const filesOf = () => readdir(path.join(root, ".overbridge/main"));

/** A host that will do. What it is sent goes to a file, where one is named. */
async function startHost(underlay = "10.0.0.1", sent = "/dev/null") {
  const said = [
    "architecture x86_64",
    "system debian 12",
    "root root",
    `arrived ${underlay}`,
    `address ${underlay}`,
    "@overbridge\toverall\tdone",
  ];
  const { env } = await standIns({
    sh: [`cat >>'${sent}'`, ...said.map((line) => `echo '${line}'`)].join("\n"),
  });
  const { target } = await startServer({ authorized: () => [client.fingerprint], env });
  return `${target.user}@${target.address}:${target.port}`;
}

test("a run that came to its end takes away what a run before it had left written down", async () => {
  const host = await startHost();
  await store.writeMade({ cluster: "main" });
  const inputs = {
    provider: "static",
    host: [host],
    hostKey: [`${host.split("@")[1]}=${hostKey.fingerprint}`],
  };
  await provision(provisionInputs.parse(inputs), context, store);
  expect(await filesOf()).toEqual(["hosts.json", "inputs.json"]);
});

test("an input that a provider finds wrong leaves what was there before as it was, and nothing new", async () => {
  const inputs = provisionInputs.parse({ provider: "static", host: [await startHost()] });
  const withoutSecret = { ...context, env: { HOME: root, OVERBRIDGE_SSH_KEY: client.privateKey } };
  await expect(provision(inputs, withoutSecret, store)).rejects.toThrow(/the host key of .* is not known/);
  expect(await readdir(root)).toEqual([]);

  await store.rememberInputs({ provider: "docker" });
  await store.writeMade({ cluster: "main" });
  await expect(provision(inputs, withoutSecret, store)).rejects.toThrow(/is not known/);
  expect(await store.rememberedInputs()).toEqual({ provider: "docker" });
  expect(await filesOf()).toEqual(["inputs.json", "made.json"]);
});

test("a host that is named no more is cleared, after a yes, and only then forgotten", async () => {
  const sent = path.join(root, "sent");
  const [stays, goes] = [await startHost("10.0.0.1"), await startHost("10.0.0.2", sent)];
  const provisionWith = (host: string[], more = {}) =>
    provision(
      provisionInputs.parse({
        provider: "static",
        host,
        hostKey: host.map((spec) => `${spec.split("@")[1]}=${hostKey.fingerprint}`),
        ...more,
      }),
      context,
      store,
    );
  const list = await provisionWith([stays, goes]);
  expect(list.hosts.map(({ name }) => name)).toEqual(["host1", "host2"]);
  await rm(sent);

  await expect(provisionWith([stays])).rejects.toThrow(
    `host: host2 (${goes}) is in the cluster, and not named`,
  );
  expect(await store.findHostList()).toEqual(list);
  expect(await readdir(root)).not.toContain("sent");

  const shorter = await provisionWith([stays], { yes: true });
  expect(shorter.hosts).toEqual(list.hosts.slice(0, 1));
  expect(await readFile(sent, "utf8")).toContain("ovs-vsctl --timeout=30 --if-exists del-br br-overlay");
});

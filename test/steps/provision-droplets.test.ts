import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/provider/digitalocean/clock.ts";
import { tagsFor } from "../../src/provider/digitalocean/tags.ts";
import type { Context } from "../../src/steps/context.ts";
import { provisionInputs, teardownInputs } from "../../src/steps/inputs.ts";
import { provision } from "../../src/steps/provision.ts";
import { Store } from "../../src/steps/store.ts";
import { teardown } from "../../src/steps/teardown.ts";
import { type Double, startDouble } from "../doubles/digitalocean/server.ts";

const SECRET = "5e".repeat(32);

let double: Double;
let root: string;
let store: Store;
// The double reads the whole description of the API first.
beforeEach(async () => {
  double = await startDouble({ clock: systemClock });
  double.account.habits.lingerMs = 0;
  root = await mkdtemp(path.join(tmpdir(), "overbridge-step-"));
  store = new Store(root, "main");
}, 60_000);
afterEach(async () => {
  await double.close();
  await rm(root, { recursive: true, force: true });
});

function contextOf(given: Partial<Context> = {}): Context {
  return {
    reporter: { report() {}, close() {} },
    signal: new AbortController().signal,
    ...given,
    env: {
      DIGITALOCEAN_ACCESS_TOKEN: double.token,
      DIGITALOCEAN_API_URL: double.url,
      OVERBRIDGE_SECRET: SECRET,
      USER: "ada",
      ...given.env,
    },
  };
}

const inputsFor = (hosts: number) => provisionInputs.parse({ provider: "digitalocean", hosts });

function addHosts(...ids: number[]) {
  const [image, region, size] = ["debian-12-x64", "fra1", "s-1vcpu-1gb"];
  const tags = tagsFor("main", "shell/ada", undefined, {});
  double.account.create(
    ids.map((id) => `main-host${id}`),
    { image, region, size, tags },
  );
}

const living = () => double.account.living().map(({ name }) => name);
const changes = () => double.seen.filter(({ request }) => request.method !== "GET");

test("a host that came while a person was asked about another is not removed with it", async () => {
  addHosts(1, 2);
  const questions: string[] = [];
  const confirm = async (question: string) => {
    questions.push(question);
    addHosts(3);
    return true;
  };
  await expect(provision(inputsFor(1), contextOf({ confirm }), store)).rejects.toThrow(
    /^hosts: 1 would remove droplet main-host3 \(\d+\), which nobody agreed to$/,
  );
  expect(questions).toEqual(["Remove host2 and all that runs there?"]);
  expect(living()).toEqual(["main-host1", "main-host2", "main-host3"]);
  expect(changes()).toEqual([]);
  expect(await readdir(root)).toEqual([]);
});

test("a cancelled run leaves a file that says what it made, without a secret, until the teardown", async () => {
  const stop = new AbortController();
  double.onRequest = ({ operation }) => {
    if (operation === "droplets_create") stop.abort();
  };
  const file = path.join(root, ".overbridge/main/made.json");
  await expect(provision(inputsFor(2), contextOf({ signal: stop.signal }), store)).rejects.toThrow(
    `interrupted; what cluster main has is written down in ${file}`,
  );
  const text = await readFile(file, "utf8");
  expect(JSON.parse(text)).toEqual({
    cluster: "main",
    droplets: double.account.living().map(({ id, name }) => ({ name, id })),
    firewalls: [],
    tags: ["overbridge-cluster-main", expect.stringMatching(/^overbridge-expires-main-\d+$/)],
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  for (const secret of [SECRET, double.token]) expect(text).not.toContain(secret);

  double.onRequest = undefined;
  await teardown(teardownInputs.parse({}), contextOf(), store);
  expect(living()).toEqual([]);
  expect(await readdir(root)).toEqual([]);
});

test("a teardown keeps the file until the droplets that nobody has seen yet have come and are gone", async () => {
  const droplets = [{ name: "main-host1", asked: new Date().toISOString() }];
  await store.rememberInputs({ provider: "digitalocean" });
  await store.writeMade({ cluster: "main", droplets, firewalls: [], tags: [] });
  const kept: boolean[] = [];
  double.onRequest = ({ operation }) => {
    kept.push(existsSync(store.madeFile));
    if (operation === "droplets_list" && double.count(operation) === 2) addHosts(1);
  };
  const { ok, removed } = await teardown(teardownInputs.parse({}), contextOf(), store);
  expect(ok).toBe(true);
  expect(removed).toContainEqual(expect.stringMatching(/^droplet main-host1 /));
  expect(new Set(kept)).toEqual(new Set([true]));
  expect(living()).toEqual([]);
  expect(await readdir(root)).toEqual([]);
});

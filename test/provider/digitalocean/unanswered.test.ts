import { describe, expect, test } from "vitest";
import type { Inventory } from "../../../src/provider/digitalocean/inventory.ts";
import { CLUSTER, lasting, makeWorld, ownNames, type World } from "./harness.ts";

const FILE = ".overbridge/demo/made.json";
const TAGS = ["overbridge", "overbridge-cluster-demo", "overbridge-owner-octo:over::bridge"];
const [REGION, SIZE, IMAGE] = ["fra1", "s-2vcpu-2gb", "ubuntu-24-04-x64"];

/** A file in memory, and all that was written to it in turn. */
function makeJournal() {
  const all: Inventory[] = [];
  const write = async (inventory: Inventory) => void all.push(inventory);
  return { all, file: FILE, write, read: async () => JSON.stringify(all.at(-1)) };
}

const journalWith = (text: string | undefined) => ({
  file: FILE,
  write: async () => {},
  read: async () => text,
});

/** What a run leaves that asked for hosts `ms` milliseconds ago and was told nothing of them. */
function written(world: World, ids: readonly number[], ms = 0, cluster = CLUSTER): string {
  const asked = new Date(world.clock.now() - ms).toISOString();
  const droplets = ids.map((id) => ({ name: `demo-host${id}`, asked }));
  return JSON.stringify({ cluster, droplets, firewalls: [], tags: [] });
}

/** Has the API do late what it was asked for: at the first request `ms` milliseconds from now. */
function makeLater(world: World, names: string[], ms: number): void {
  const at = world.clock.now() + ms;
  world.double.onRequest = () => {
    if (world.clock.now() < at) return;
    world.double.onRequest = undefined;
    world.double.account.create(names, { region: REGION, size: SIZE, image: IMAGE, tags: TAGS });
  };
}

/** Takes the cluster down. @returns what came of it, in how many looks and milliseconds. */
async function tearDown(world: World, text: string | undefined) {
  const [looks, began] = [world.double.count("droplets_list"), world.clock.now()];
  const removal = await world.provider({}, { journal: journalWith(text) }).destroy(CLUSTER, world.context());
  return {
    ...removal,
    looks: world.double.count("droplets_list") - looks,
    ms: world.clock.now() - began,
  };
}

const dropletsIn = (texts: readonly string[]) => texts.filter((text) => text.startsWith("droplet "));

test("a teardown right after a cancelled run removes the droplets that come only then", async () => {
  await using world = await makeWorld();
  const before = lasting(world);
  const stop = new AbortController();
  const journal = makeJournal();
  world.double.faults.inject({ on: "droplets_create", fault: { kind: "reset" } });
  world.double.onRequest = ({ operation }) => {
    if (operation === "droplets_create") stop.abort();
  };
  const ensured = world
    .provider({}, { journal })
    .ensure(world.desired(2), world.context({ signal: stop.signal }));
  await expect(ensured).rejects.toThrow("interrupted");
  expect(journal.all.at(-1)?.droplets.map(({ id, name }) => [id, name])).toEqual([
    [undefined, "demo-host1"],
    [undefined, "demo-host2"],
  ]);

  makeLater(world, ["demo-host1", "demo-host2"], 20_000);
  const { removed } = await world.provider({}, { journal }).destroy(CLUSTER, world.context());
  expect(dropletsIn(removed)).toHaveLength(2);
  expect(ownNames(world)).toEqual([]);
  expect(lasting(world)).toEqual(before);
});

test("a second run that is cancelled does not forget what the first may yet get", async () => {
  await using world = await makeWorld();
  const stop = new AbortController();
  const journal = makeJournal();
  await journal.write({
    cluster: CLUSTER,
    droplets: [
      { name: "demo-host1", asked: "2029-12-31T23:59:50.000Z" },
      { name: "demo-host2", asked: "2029-12-31T23:59:00.000Z" },
    ],
    firewalls: [],
    tags: [],
  });
  world.double.onRequest = ({ operation }) => {
    if (operation === "sizes_list") stop.abort();
  };
  const context = world.context({ signal: stop.signal });
  await expect(world.provider({}, { journal }).ensure(world.desired(1), context)).rejects.toThrow();
  expect(journal.all).toHaveLength(2);
  expect(journal.all.at(-1)?.droplets.map(({ name }) => name)).toEqual(["demo-host1"]);
});

test("a teardown ends as soon as what was asked for has come and is gone", async () => {
  await using world = await makeWorld();
  makeLater(world, ["demo-host1"], 3_000);
  const { removed, ms } = await tearDown(world, written(world, [1]));
  expect(dropletsIn(removed)).toHaveLength(1);
  expect(ms).toBeLessThan(20_000);
});

test("a run that was turned away for minutes before it was cancelled counts from its end", async () => {
  await using world = await makeWorld();
  const stop = new AbortController();
  const journal = makeJournal();
  const wait = { status: 429, headers: { "retry-after": "240" } };
  world.double.faults.inject({ on: "droplets_create", fault: { kind: "answer", ...wait } });
  world.double.faults.inject({ on: "droplets_create", fault: { kind: "reset" } });
  world.double.onRequest = ({ operation }) => {
    if (operation === "droplets_create" && world.double.count(operation) === 2) stop.abort();
  };
  const context = world.context({ signal: stop.signal });
  await expect(world.provider({}, { journal }).ensure(world.desired(1), context)).rejects.toThrow();
  expect(journal.all.at(-1)?.droplets[0]?.asked).toBe("2030-01-01T00:04:00.000Z");
});

describe("droplets that were asked for and never come", () => {
  test("are waited for half a minute, in as many looks for twelve as for one", async () => {
    await using world = await makeWorld();
    const one = await tearDown(world, written(world, [1]));
    const twelve = await tearDown(
      world,
      written(
        world,
        Array.from({ length: 12 }, (_, index) => index + 1),
      ),
    );
    expect(one).toEqual(twelve);
    expect(one.removed).toEqual([]);
    expect(one.ms).toBeGreaterThanOrEqual(30_000);
    expect(one.ms).toBeLessThan(36_000);
    expect(one.looks).toBeLessThan(12);
    expect(world.said()).toContain("waiting for what was asked for and not seen: 8 s");
  });

  test.each([
    ["were asked for long ago", 31_000, 0],
    ["were asked for a while ago", 20_000, 10_000],
    ["are asked for in a time to come", -9e9, 30_000],
  ])("and %s, no longer than from then on", async (_what, ago, ms) => {
    await using world = await makeWorld();
    const torn = await tearDown(world, written(world, [1], ago));
    expect(torn.ms).toBeGreaterThanOrEqual(ms);
    expect(torn.ms).toBeLessThan(ms + 6_000);
  });

  test("are not waited for once the run that asked was answered, or nothing was written down", async () => {
    await using world = await makeWorld();
    const answered = { cluster: CLUSTER, droplets: [{ id: 1, name: "demo-host1" }], firewalls: [], tags: [] };
    for (const text of [undefined, JSON.stringify(answered)]) {
      expect(await tearDown(world, text)).toMatchObject({ looks: 1, ms: 0 });
    }
  });

  test("do not outlast a signal", async () => {
    await using world = await makeWorld();
    const stop = new AbortController();
    world.double.onRequest = () => {
      if (world.double.count("droplets_list") === 3) stop.abort();
    };
    const provider = world.provider({}, { journal: journalWith(written(world, [1])) });
    await expect(provider.destroy(CLUSTER, world.context({ signal: stop.signal }))).rejects.toThrow();
    expect(world.double.count("droplets_list")).toBe(3);
  });
});

test("the droplet that a new one was asked for in place of is not taken for it", async () => {
  await using world = await makeWorld();
  const spec = { region: REGION, size: SIZE, image: IMAGE, tags: TAGS };
  const [stuck] = world.double.account.create(["demo-host1"], spec);
  world.clock.advance(400_000);
  world.double.account.destroy(stuck!.id);
  makeLater(world, ["demo-host1"], 20_000);
  await tearDown(world, written(world, [1]));
  expect(ownNames(world)).toEqual([]);
  expect(world.double.account.made.get("demo-host1")).toBe(3);
});

test.each([
  ["no JSON", () => "{"],
  ["no inventory", () => '{"cluster":"demo","droplets":[{"name":7}]}'],
  [
    "too many droplets",
    () => JSON.stringify({ droplets: Array.from({ length: 20_001 }, () => ({ name: "x" })) }),
  ],
  ["another cluster's", (world: World) => written(world, [1], 0, "other")],
])("a file that is %s is said to be, and keeps no late droplet from being removed", async (_what, text) => {
  await using world = await makeWorld();
  makeLater(world, ["demo-host1"], 20_000);
  const { removed, ms } = await tearDown(world, text(world));
  expect(dropletsIn(removed)).toHaveLength(1);
  expect(ms).toBeLessThan(40_000);
  expect(world.said()).toMatch(/made\.json: .*; droplets that were asked for last may still come/);
});

test("what a file says removes nothing: only tags do", async () => {
  await using world = await makeWorld();
  const before = world.double.account.inventory();
  const droplets = before.droplets.map(({ id, name }) => ({ id, name }));
  const text = JSON.stringify({
    cluster: CLUSTER,
    droplets,
    firewalls: ["overbridge-other"],
    tags: ["production"],
  });
  expect(await tearDown(world, text)).toMatchObject({ removed: [], left: [] });
  expect(world.double.account.inventory()).toEqual(before);
});

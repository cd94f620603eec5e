import { afterEach, describe, expect, test, vi } from "vitest";
import type { Inventory } from "../../../src/provider/digitalocean/inventory.ts";
import { CLUSTER, lasting, makeWorld, ownNames, type World } from "./harness.ts";

const FILE = ".overbridge/demo/made.json";

/** Twelve hosts, which take two create calls; what is written down in turn; and a way to cancel. */
function provisioning(world: World, firewall = true) {
  const written: Inventory[] = [];
  const stop = new AbortController();
  const journal = {
    file: FILE,
    write: async (inventory: Inventory) => void written.push(inventory),
    read: async () => JSON.stringify(written.at(-1)),
  };
  const ensured = world
    .provider({ firewall }, { journal })
    .ensure(world.desired(12), world.context({ signal: stop.signal }));
  return { written, journal, stop, ended: ensured.catch((error: unknown) => error) };
}

const names = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${CLUSTER}-host${from + index}`);

/** Resolves when the API is asked for an operation the nth time from now on. */
function asked(world: World, operation: string, nth = 1): Promise<void> {
  let left = nth;
  return new Promise((resolve) => {
    world.double.onRequest = (seen) => {
      if (seen.operation !== operation) return;
      left -= 1;
      if (left === 0) resolve();
    };
  });
}

const WRITTEN_DOWN = {
  exitCode: 1,
  message: `interrupted; what cluster demo has is written down in ${FILE}`,
  hint: "overbridge teardown --cluster demo --provider digitalocean removes what was made",
};

test("what is made is written down before and after each request, so that a killed process leaves it too", async () => {
  await using world = await makeWorld();
  const run = provisioning(world);
  const atRequest = new Map<string, Inventory | undefined>();
  world.double.onRequest = ({ operation }) => {
    atRequest.set(`${operation} ${world.double.count(operation)}`, run.written.at(-1));
  };
  await run.ended;
  expect(atRequest.get("firewalls_create 1")).toMatchObject({
    droplets: [],
    firewalls: ["overbridge-demo"],
    tags: ["overbridge-cluster-demo"],
  });
  const asked = "2030-01-01T00:00:00.000Z";
  expect(atRequest.get("droplets_create 1")?.droplets).toEqual(names(1, 10).map((name) => ({ name, asked })));
  const made = world.double.account.living().filter(({ tags }) => tags.has("overbridge"));
  expect(atRequest.get("droplets_create 2")?.droplets).toEqual([
    ...made.slice(0, 10).map(({ id, name }) => ({ id, name })),
    ...names(11, 12).map((name) => ({ name, asked })),
  ]);
  expect(run.written.at(-1)).toEqual({
    cluster: CLUSTER,
    droplets: made.map(({ id, name }) => ({ id, name })),
    firewalls: ["overbridge-demo"],
    tags: [
      "overbridge-cluster-demo",
      expect.stringMatching(/^overbridge-expires-demo-/),
      "overbridge-run-demo-777",
    ],
  });
});

test("a run that changes nothing writes nothing", async () => {
  await using world = await makeWorld();
  await provisioning(world, false).ended;
  const again = provisioning(world, false);
  expect(await again.ended).toHaveLength(12);
  expect(again.written).toEqual([]);
});

describe("a cancelled run", () => {
  test("creates no more, writes down what it made, and says where and how to remove it", async () => {
    await using world = await makeWorld();
    const before = lasting(world);
    const run = provisioning(world);
    await asked(world, "droplets_create");
    run.stop.abort();
    expect(await run.ended).toMatchObject(WRITTEN_DOWN);
    expect(world.double.count("droplets_create")).toBe(1);
    expect(ownNames(world)).toHaveLength(10);
    expect(world.said()).toMatch(
      /interrupted; cluster demo has droplet demo-host1 \(\d+\), .*, firewall overbridge-demo"/,
    );
    expect(run.written.at(-1)?.droplets.map(({ id, name }) => [typeof id, name])).toEqual(
      names(1, 10).map((name) => ["number", name]),
    );
    await world.provider().destroy(CLUSTER, world.context());
    expect(lasting(world)).toEqual(before);
  });

  test("ends while it waits", async () => {
    await using world = await makeWorld();
    const run = provisioning(world);
    world.double.onRequest = () => {
      if (world.said().includes("to become active")) run.stop.abort();
    };
    expect(await run.ended).toMatchObject(WRITTEN_DOWN);
    expect(run.written.at(-1)?.droplets).toHaveLength(12);
  });

  test("that cannot write it down says so, and is told of what there is all the same", async () => {
    await using world = await makeWorld();
    const run = provisioning(world, false);
    await asked(world, "droplets_create");
    const { push } = run.written;
    run.written.push = () => {
      throw new Error("disk full");
    };
    run.stop.abort();
    expect(await run.ended).toMatchObject({ exitCode: 1, message: "interrupted" });
    run.written.push = push;
    expect(world.said()).toContain(`cannot write ${FILE}: disk full`);
    expect(world.said()).toContain("interrupted; cluster demo has droplet demo-host1");
  });
});

/** Every wait of the run but for the API's own is on the clock of the test: 7 s pass only as told. */
describe("within 7 s of the first signal it has ended and written down what it knows", () => {
  afterEach(() => void vi.useRealTimers());

  test("where the API answers nothing any more", async () => {
    await using world = await makeWorld();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const run = provisioning(world);
    world.double.faults.inject({ on: "droplets_create", fault: { kind: "silence", after: true } });
    await asked(world, "droplets_create");
    world.double.faults.inject({ fault: { kind: "silence" }, times: 99 });
    run.stop.abort();
    const looking = asked(world, "tags_list");
    await vi.advanceTimersByTimeAsync(4_500);
    await looking;
    await vi.advanceTimersByTimeAsync(2_500);
    expect(await run.ended).toMatchObject(WRITTEN_DOWN);
    expect(run.written.at(-1)).toMatchObject({
      droplets: names(1, 10).map((name) => ({ name })),
      firewalls: ["overbridge-demo"],
    });
    expect(world.said()).toContain("DigitalOcean did not say in time what there is");
  });

  test("where the answer to a create comes late, and none after it", async () => {
    await using world = await makeWorld();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const run = provisioning(world);
    world.double.faults.inject({ on: "droplets_create", fault: { kind: "late", ms: 3_500 } });
    await asked(world, "droplets_create");
    await expect.poll(() => vi.getTimerCount()).toBeGreaterThan(1);
    world.double.faults.inject({ fault: { kind: "silence" }, times: 99 });
    run.stop.abort();
    const looking = asked(world, "tags_list");
    await vi.advanceTimersByTimeAsync(3_500);
    await looking;
    await vi.advanceTimersByTimeAsync(3_500);
    expect(await run.ended).toMatchObject(WRITTEN_DOWN);
    expect(world.double.count("droplets_create")).toBe(1);
    expect(run.written.at(-1)?.droplets).toEqual(
      names(1, 10).map((name) => ({ name, id: expect.any(Number) })),
    );
  });

  test("where a host does not let go of its connection", async () => {
    await using world = await makeWorld();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const stop = new AbortController();
    const settle = vi.fn(() => new Promise<never>(() => {}));
    const ended = world
      .provider({}, { settle })
      .ensure(world.desired(1), world.context({ signal: stop.signal }))
      .catch((error: unknown) => error);
    await expect.poll(() => settle.mock.calls).toHaveLength(1);
    stop.abort();
    await vi.advanceTimersByTimeAsync(4_500);
    expect(await ended).toMatchObject({ message: "interrupted" });
    expect(world.said()).toContain("interrupted; cluster demo has droplet demo-host1");
  });
});

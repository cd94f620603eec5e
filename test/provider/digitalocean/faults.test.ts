import { describe, expect, test } from "vitest";
import { Failure } from "../../../src/errors.ts";
import { CLUSTER, lasting, makeWorld, ownNames, type World } from "./harness.ts";

/** For answers that never come: the one wait that takes real time. */
const IMPATIENT = { waits: { answerMs: 700 } };

/** After whatever went wrong, one teardown without faults leaves the account as it was. */
async function expectCleanTeardown(world: World, before: ReturnType<typeof lasting>): Promise<void> {
  world.double.faults.clear();
  world.double.onRequest = undefined;
  await world.provider().destroy(CLUSTER, world.context());
  expect(lasting(world)).toEqual(before);
}

/** Every droplet of the cluster was made, and none twice. */
function expectMadeOnce(world: World, count: number): void {
  expect(ownNames(world)).toHaveLength(count);
  const strangers: Record<string, number> = { "demo-host1": 1, "demo-host2": 1 };
  for (let id = 1; id <= count; id += 1) {
    const name = `demo-host${id}`;
    expect([name, world.double.account.made.get(name)]).toEqual([name, 1 + (strangers[name] ?? 0)]);
  }
}

describe("a rate limit", () => {
  test.each([
    ["retry-after in seconds", { "retry-after": "37" }, 37_000],
    ["retry-after as a date", { "retry-after": "Tue, 01 Jan 2030 00:01:00 GMT" }, 60_000],
    [
      "the rate-limit headers",
      { "ratelimit-remaining": "0", "ratelimit-reset": String(Date.UTC(2030, 0, 1) / 1000 + 90) },
      90_000,
    ],
  ])("is waited out as %s asks, also for a create", async (_how, headers, ms) => {
    await using world = await makeWorld();
    world.double.faults.inject({ on: "droplets_create", fault: { kind: "answer", status: 429, headers } });
    const times: number[] = [];
    world.double.onRequest = ({ operation }) => {
      if (operation === "droplets_create") times.push(world.clock.now());
    };
    await world.provider().ensure(world.desired(2), world.context());
    expect(times).toHaveLength(2);
    expect(times[1]! - times[0]!).toBe(ms);
    expectMadeOnce(world, 2);
    expect(world.said()).toContain(`DigitalOcean asks to wait ${ms / 1000} s`);
  });

  test("that is most of an hour away is not waited for", async () => {
    await using world = await makeWorld();
    const before = lasting(world);
    const headers = { "retry-after": "3000" };
    world.double.faults.inject({ fault: { kind: "answer", status: 429, headers } });
    await expect(world.provider().destroy(CLUSTER, world.context())).rejects.toThrow(/answers 429/);
    expect(world.double.seen).toHaveLength(1);
    await expectCleanTeardown(world, before);
  });
});

describe("a read or a delete", () => {
  test.each([
    ["is answered 503", { kind: "answer", status: 503 }],
    ["is answered 500 after it was done", { kind: "answer", status: 500, after: true }],
    ["has its connection reset", { kind: "reset" }],
    ["has its connection reset after it was done", { kind: "reset", after: true }],
    ["is not answered in time", { kind: "silence" }],
    ["is answered with something else", { kind: "garbage", text: "<html>" }],
  ] as const)("that %s is asked again", async (_what, fault) => {
    await using world = await makeWorld();
    const before = lasting(world);
    world.double.faults.inject({ on: "droplets_list", fault, skip: 1 });
    await world.provider({}, IMPATIENT).ensure(world.desired(2), world.context());
    const lists = world.double.count("droplets_list");
    world.double.faults.inject({ on: "droplets_destroy", fault });
    await world.provider({}, IMPATIENT).destroy(CLUSTER, world.context());
    expect(world.double.count("droplets_destroy")).toBe(3);
    expect(lists).toBeLessThan(15);
    expect(lasting(world)).toEqual(before);
  });

  test("is given up after eight tries", async () => {
    await using world = await makeWorld();
    world.double.faults.inject({ fault: { kind: "answer", status: 502 }, times: 100 });
    const attempt = world.provider().observe(CLUSTER, world.context());
    await expect(attempt).rejects.toThrow(/DigitalOcean answers 502 to GET \/v2\/droplets/);
    await expect(attempt).rejects.toThrow(Failure);
    expect(world.double.seen).toHaveLength(8);
  });

  test("that is refused is not asked again", async () => {
    await using world = await makeWorld();
    const wrong = world.context({ env: { DIGITALOCEAN_ACCESS_TOKEN: "dop_v1_wrong" } });
    await expect(world.provider().observe(CLUSTER, wrong)).rejects.toMatchObject({
      message: expect.stringMatching(/answers 401/),
      hint: expect.stringContaining("expired or revoked"),
    });
    expect(world.double.seen).toHaveLength(1);
  });
});

describe("a create", () => {
  test.each([
    ["the connection is reset after it was done", { kind: "reset", after: true }],
    ["the answer never comes after it was done", { kind: "silence", after: true }],
    ["500 is answered after it was done", { kind: "answer", status: 500, after: true }],
  ] as const)("whose answer is lost is found by tag, never made twice: %s", async (_what, fault) => {
    await using world = await makeWorld();
    const before = lasting(world);
    world.double.faults.inject({ on: "droplets_create", fault });
    await world.provider({}, IMPATIENT).ensure(world.desired(3), world.context());
    expect(world.double.count("droplets_create")).toBe(1);
    expectMadeOnce(world, 3);
    await expectCleanTeardown(world, before);
  });

  test("whose answer is lost before it was done is made once it has not shown up", async () => {
    await using world = await makeWorld();
    world.double.faults.inject({ on: "droplets_create", fault: { kind: "reset" } });
    await world.provider().ensure(world.desired(3), world.context());
    expect(world.double.count("droplets_create")).toBe(2);
    expectMadeOnce(world, 3);
  });

  test("that is done long after its answer was lost leaves no host with two droplets", async () => {
    await using world = await makeWorld();
    const before = lasting(world);
    world.double.faults.inject({ on: "droplets_create", fault: { kind: "answer", status: 504 } });
    world.double.onRequest = ({ operation, request }) => {
      if (operation !== "droplets_create" || world.double.count("droplets_create") < 2) return;
      const { names, ...spec } = request.body as { names: string[] } & Parameters<
        typeof world.double.account.create
      >[1];
      world.double.account.create(names, spec);
    };
    await world.provider().ensure(world.desired(2), world.context());
    expect(ownNames(world)).toEqual(["demo-host1", "demo-host2"]);
    await expectCleanTeardown(world, before);
  });

  test("that is never answered is given up, and what it may have made is found", async () => {
    await using world = await makeWorld();
    const before = lasting(world);
    world.double.faults.inject({ on: "droplets_create", fault: { kind: "answer", status: 500 }, times: 99 });
    await expect(world.provider().ensure(world.desired(2), world.context())).rejects.toThrow(/answers 500/);
    expect(world.double.count("droplets_create")).toBe(3);
    await expectCleanTeardown(world, before);
  });

  test("refused for want of capacity half-way leaves the earlier droplets to be found", async () => {
    await using world = await makeWorld();
    const before = lasting(world);
    world.double.account.habits.limit = 3 + 10;
    const attempt = world.provider().ensure(world.desired(11), world.context());
    await expect(attempt).rejects.toThrow(/answers 422 .* droplet limit/);
    expect(world.double.count("droplets_create")).toBe(2);
    expect(ownNames(world)).toHaveLength(10);

    world.double.account.habits.limit = 25;
    expect(await world.provider().ensure(world.desired(11), world.context())).toHaveLength(11);
    expectMadeOnce(world, 11);
    await expectCleanTeardown(world, before);
  });
});

describe("the firewall", () => {
  test("whose create call is not answered is found by name and tag", async () => {
    await using world = await makeWorld();
    const before = lasting(world);
    world.double.faults.inject({ on: "firewalls_create", fault: { kind: "reset", after: true } });
    await world.provider({ firewall: true }).ensure(world.desired(1), world.context());
    expect(world.double.count("firewalls_create")).toBe(1);
    await expectCleanTeardown(world, before);
  });
});

describe("a droplet that", () => {
  test("never becomes active is named, and replaced by the next run", async () => {
    await using world = await makeWorld();
    const before = lasting(world);
    world.double.account.habits.stuck.add("demo-host2");
    const attempt = world.provider().ensure(world.desired(3), world.context());
    await expect(attempt).rejects.toThrow(
      /not active after 300 s: host2's droplet demo-host2 \(\d+\) is new$/,
    );
    expect(world.fleet.settled.toSorted()).toEqual(["host1", "host3"]);

    world.double.account.habits.stuck.clear();
    expect(await world.provider().ensure(world.desired(3), world.context())).toHaveLength(3);
    expect(ownNames(world)).toHaveLength(3);
    expect(world.double.account.made.get("demo-host3")).toBe(1);
    await expectCleanTeardown(world, before);
  });

  test("has no sshd in time is named", async () => {
    await using world = await makeWorld();
    world.fleet.mute.add("demo-host3");
    await expect(world.provider().ensure(world.desired(3), world.context())).rejects.toThrow(
      /^host3: no sshd at .* after 180 s/,
    );
    expect(world.fleet.settled.toSorted()).toEqual(["host1", "host2"]);
  });

  test("shows another host key is named, and sent nothing", async () => {
    await using world = await makeWorld();
    const foreign = `ssh-ed25519 SHA256:${"A".repeat(43)}`;
    world.double.onRequest = () => {
      for (const { id, name } of world.double.account.living())
        if (name === "demo-host2") world.fleet.shows.set(id, foreign);
    };
    await expect(world.provider().ensure(world.desired(2), world.context())).rejects.toThrow(
      /^after 60 s: host2: expected ssh-ed25519 SHA256:.*, found ssh-ed25519 SHA256:AAA/,
    );
    expect(world.fleet.adopted.has("demo-host2")).toBe(false);
  });

  test("cannot be deleted yet is deleted later", async () => {
    await using world = await makeWorld();
    const before = lasting(world);
    await world.provider().ensure(world.desired(2), world.context());
    const fault = { kind: "answer", status: 422, message: "Droplet already has a pending event." } as const;
    world.double.faults.inject({ on: "droplets_destroy", fault, times: 3 });
    await world.provider().destroy(CLUSTER, world.context());
    expect(world.double.count("droplets_destroy")).toBe(5);
    expect(lasting(world)).toEqual(before);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isStated } from "../../../src/errors.ts";
import type { Fault } from "../../doubles/digitalocean/faults.ts";
import { CLUSTER, lasting, makeWorld, ownNames } from "./harness.ts";

/** Whether a step ended well or with words for a user; anything else is a bug and comes through. */
async function attempt(step: Promise<unknown>): Promise<boolean> {
  try {
    await step;
    return true;
  } catch (error) {
    if (!isStated(error)) throw error;
    return false;
  }
}

const operations = [
  "droplets_list",
  "droplets_create",
  "droplets_destroy",
  "firewalls_list",
  "firewalls_create",
  "tags_create",
  "tags_delete",
  "tags_list",
  "sizes_list",
];

const faults: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constant("answer" as const),
    status: fc.constantFrom(429, 500, 502, 503, 504, 422, 403, 408),
    after: fc.boolean(),
    headers: fc.constantFrom<Record<string, string>>(
      {},
      { "retry-after": "3" },
      { "retry-after": "soon" },
      { "retry-after": "99999" },
    ),
  }),
  fc.record({ kind: fc.constant("reset" as const), after: fc.boolean() }),
  fc.record({
    kind: fc.constant("garbage" as const),
    text: fc.constantFrom("", "<html>", "{}", '{"droplets":[{}]}', "[1"),
  }),
);

const schedules = fc.array(
  fc.record({
    on: fc.constantFrom(...operations),
    fault: faults,
    skip: fc.nat(5),
    times: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 5 },
);

test("after any schedule of faults a teardown leaves the account as it was before", async () => {
  const cases = {
    schedule: schedules,
    first: fc.integer({ min: 1, max: 12 }),
    second: fc.integer({ min: 1, max: 12 }),
    firewall: fc.boolean(),
    limit: fc.integer({ min: 5, max: 20 }),
  };
  await fc.assert(
    fc.asyncProperty(fc.record(cases), async ({ schedule, first, second, firewall, limit }) => {
      await using world = await makeWorld();
      const before = lasting(world);
      world.double.account.habits.limit = limit;
      for (const injection of schedule) world.double.faults.inject(injection);
      const provider = world.provider({ firewall });
      const everyId = Array.from({ length: 12 }, (_, index) => index + 1);
      for (const count of [first, second]) {
        const done = await attempt(provider.ensure(world.desired(count, CLUSTER, everyId), world.context()));
        const names = ownNames(world);
        expect(new Set(names).size).toBe(names.length);
        if (done) expect(names).toHaveLength(count);
      }
      await attempt(provider.destroy(CLUSTER, world.context()));
      world.double.faults.clear();
      await provider.destroy(CLUSTER, world.context());
      expect(lasting(world)).toEqual(before);
    }),
    { numRuns: 12 },
  );
});

describe("a process killed at any request", () => {
  /** Runs `ensure` and kills it at request `at`; `done` says whether the API still did what that one asked. */
  async function killedAt(at: number, done: boolean): Promise<"finished" | "killed"> {
    await using world = await makeWorld();
    const before = lasting(world);
    const victim = "dop_v1_victim";
    world.double.tokens.add(victim);
    if (done) world.double.faults.inject({ fault: { kind: "reset", after: true }, skip: at - 1 });
    let requests = 0;
    // A dead process asks nothing more: what this one would ask is refused, as if it had never been sent.
    world.double.onRequest = () => {
      requests += 1;
      if (requests > (done ? at : at - 1)) world.double.tokens.delete(victim);
    };
    const context = world.context({ env: { DIGITALOCEAN_ACCESS_TOKEN: victim } });
    const finished = await attempt(world.provider({ firewall: true }).ensure(world.desired(11), context));
    world.double.onRequest = undefined;

    await world.provider().destroy(CLUSTER, world.context());
    expect({ at, done, account: lasting(world) }).toEqual({ at, done, account: before });
    return finished && requests < at ? "finished" : "killed";
  }

  test.each([false, true])(
    "leaves nothing that the next teardown does not find (request done: %s)",
    async (done) => {
      let at = 1;
      while ((await killedAt(at, done)) === "killed") at += 1;
      expect(at).toBeGreaterThan(10);
    },
  );
});

import { expect, test } from "vitest";
import { costUntil } from "../../../src/cluster/cost.ts";
import { costOf } from "../../../src/provider/digitalocean/cost.ts";
import { CLUSTER, makeWorld } from "./harness.ts";

const droplet = (created_at: string, price_hourly: number) => ({ created_at, size: { price_hourly } });

test("each droplet costs from its own creation on", () => {
  const now = Date.parse("2026-01-31T12:00:00Z");
  expect(costOf([droplet("2026-01-31T09:00:00Z", 0.1), droplet("2026-01-31T11:30:00Z", 0.025)], now)).toEqual(
    { currency: "USD", at: "2026-01-31T12:00:00.000Z", soFar: 0.3125, hourly: 0.125 },
  );
});

test("one that was created a moment ahead of this clock has cost nothing yet", () => {
  const now = Date.parse("2026-01-31T12:00:00Z");
  expect(costOf([droplet("2026-01-31T12:00:30Z", 0.1)], now)).toMatchObject({ soFar: 0, hourly: 0.1 });
});

test("a cluster's cost is that of its own droplets, by the account's prices, and tells a later one", async () => {
  await using world = await makeWorld();
  const provider = world.provider();
  const began = world.clock.now();
  await provider.ensure(world.desired(3), world.context());
  await provider.ensure(world.desired(2, "other"), world.context());
  world.clock.advance(10 * 60_000);

  const cost = await provider.cost(CLUSTER, world.context());
  const spent = (now: number) => (3 * 0.025 * (now - began)) / 3.6e6;
  expect(cost.hourly).toBe(0.075);
  expect(cost.soFar).toBeCloseTo(spent(world.clock.now()), 5);

  const later = world.clock.now() + 5 * 3.6e6;
  expect(costUntil(cost, later).soFar).toBeCloseTo(spent(later), 5);
});

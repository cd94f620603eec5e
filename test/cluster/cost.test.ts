import fc from "fast-check";
import { expect, test } from "vitest";
import { type Cost, costUntil, parseCost } from "../../src/cluster/cost.ts";
import { InputError } from "../../src/errors.ts";

const at = "2026-01-31T09:00:00.000Z";
const cost: Cost = { currency: "USD", at, soFar: 0.0123, hourly: 0.0804 };
const HOUR = 3_600_000;

test("cost grows evenly from what it was", () => {
  expect(costUntil(cost, Date.parse(at))).toEqual({ hourly: 0.0804, soFar: 0.0123 });
  expect(costUntil(cost, Date.parse(at) + HOUR / 2).soFar).toBeCloseTo(0.0525, 10);
  expect(costUntil(cost, Date.parse(at) + 24 * HOUR).soFar).toBeCloseTo(1.9419, 10);
});

test("a clock that is behind adds nothing", () => {
  expect(costUntil(cost, Date.parse(at) - HOUR).soFar).toBe(0.0123);
});

test("a cost survives being handed on", () => {
  const dollars = fc.double({ min: 0, max: 1_000_000, noNaN: true });
  const date = fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true });
  fc.assert(
    fc.property(dollars, dollars, date, (soFar, hourly, day) => {
      const one = { currency: "USD", at: day.toISOString(), soFar, hourly };
      expect(parseCost(JSON.stringify(one), "cost")).toEqual(JSON.parse(JSON.stringify(one)));
    }),
  );
});

test.each([
  ["no JSON", /^cost: expected a cost in JSON$/],
  ["null", /^cost: expected a cost in JSON$/],
  [JSON.stringify({ ...cost, soFar: -1 }), /^cost: soFar: expected US dollars from 0 to 1000000, found -1$/],
  [JSON.stringify({ ...cost, hourly: 1e300 }), /^cost: hourly: expected US dollars/],
  [JSON.stringify({ ...cost, hourly: "0.1" }), /^cost: hourly: expected US dollars/],
  [JSON.stringify({ ...cost, at: "yesterday" }), /^cost: at: expected a time such as/],
  [JSON.stringify({ ...cost, currency: "<b>" }), /^cost: currency: expected USD/],
  [JSON.stringify({ ...cost, note: "x" }), /^cost: note: unknown field$/],
  [JSON.stringify({ ...cost, note: "x".repeat(600) }), /^cost: expected a cost in JSON$/],
])("%s is no cost", (text, message) => {
  expect(() => parseCost(text, "cost")).toThrow(InputError);
  expect(() => parseCost(text, "cost")).toThrow(message);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { matrixOf } from "../../actions/provision/matrix.ts";
import { selectHosts } from "../../src/steps/select-hosts.ts";
import { listOf } from "./lists.ts";

test("one entry a host, with its name", () => {
  expect(matrixOf(listOf(3))).toEqual({ include: [{ host: "host1" }, { host: "host2" }, { host: "host3" }] });
});

test("never more than 256 jobs, every host in exactly one, none with two more than another", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1500 }), (count) => {
      const list = listOf(count);
      const jobs = matrixOf(list).include.map(({ host }) => host.split(","));
      expect(jobs.length).toBe(Math.min(count, 256));
      expect(jobs.flat()).toEqual(list.hosts.map(({ name }) => name));
      const sizes = jobs.map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(jobs.flatMap((names) => selectHosts(list, names))).toEqual(list.hosts);
    }),
    { numRuns: 20 },
  );
});

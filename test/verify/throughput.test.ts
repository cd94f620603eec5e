import fc from "fast-check";
import { expect, test } from "vitest";
import { rounds } from "../../src/verify/throughput.ts";

test("everyone meets everyone once, and nobody two at a time", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(), { maxLength: 40 }), (members) => {
      const all = rounds(members);
      const met = all.flat().map(([a, b]) => [members.indexOf(a), members.indexOf(b)]);
      expect(met.every(([a = 0, b = 0]) => a >= 0 && a < b)).toBe(true);
      expect(new Set(met.map(String)).size).toBe(met.length);
      expect(met).toHaveLength((members.length * (members.length - 1)) / 2);
      for (const round of all) expect(new Set(round.flat()).size).toBe(round.length * 2);
      expect(all.length).toBeLessThanOrEqual(members.length);
    }),
  );
});

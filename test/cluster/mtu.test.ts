import { describe, expect, it } from "vitest";
import { overheadOf, overlayMtu } from "../../src/cluster/mtu.ts";
import { InputError } from "../../src/errors.ts";

describe("the overlay's MTU", () => {
  it.each([
    ["gre", 4, 42, 1458],
    ["vxlan", 4, 50, 1450],
    ["geneve", 4, 50, 1450],
    ["gre", 6, 62, 1438],
    ["vxlan", 6, 70, 1430],
    ["geneve", 6, 70, 1430],
  ] as const)("is the underlay's less what %s over IPv%i takes: %i bytes", (type, family, overhead, mtu) => {
    expect(overheadOf(type, family)).toBe(overhead);
    expect(overlayMtu(1500, type, family)).toBe(mtu);
    expect(overlayMtu(576 + overhead, type, family)).toBe(576);
    expect(() => overlayMtu(575 + overhead, type, family)).toThrow(InputError);
  });
});

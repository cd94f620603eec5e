import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressingOf, capacityOf, defaultSubnetPrefix, subnetOf } from "../../src/cluster/addressing.ts";
import { rangeOf, toNumber } from "../../src/cluster/ipv4.ts";
import { checkOverlay } from "../../src/cluster/overlay-checks.ts";
import { overlayRange } from "./arbitrary.ts";

describe("addressing", () => {
  it("gives host 3 the third block of the default overlay", () => {
    expect(addressingOf({ network: "10.88.0.0/16", subnetPrefix: 24 }, 3)).toEqual({
      subnet: "10.88.3.0/24",
      gateway: "10.88.3.1",
      interfaceAddress: "10.88.3.1/16",
      broadcast: "10.88.255.255",
      reserved: ["10.88.3.0", "10.88.3.255"],
    });
  });

  it("leaves the overlay's broadcast address to Docker, which refuses to have it reserved", () => {
    const last = addressingOf({ network: "10.88.0.0/16", subnetPrefix: 24 }, 255);
    expect(last.subnet).toBe("10.88.255.0/24");
    expect(last.reserved).toEqual(["10.88.255.0"]);
  });

  it("reserves what ends in .0 or .255 inside a subnet of several /24", () => {
    expect(addressingOf({ network: "10.0.0.0/8", subnetPrefix: 22 }, 1).reserved).toEqual([
      "10.0.4.0",
      "10.0.4.255",
      "10.0.5.0",
      "10.0.5.255",
      "10.0.6.0",
      "10.0.6.255",
      "10.0.7.0",
      "10.0.7.255",
    ]);
  });

  it("reserves both ends of a subnet smaller than a /24", () => {
    expect(addressingOf({ network: "192.168.7.0/24", subnetPrefix: 29 }, 2)).toMatchObject({
      subnet: "192.168.7.16/29",
      gateway: "192.168.7.17",
      interfaceAddress: "192.168.7.17/24",
      broadcast: "192.168.7.255",
      reserved: ["192.168.7.16", "192.168.7.23"],
    });
  });

  it.each([
    ["10.0.0.0/8", 24, 65_535],
    ["10.88.0.0/16", 24, 255],
    ["10.88.0.0/17", 25, 255],
    ["10.88.0.0/20", 28, 255],
    ["10.88.0.0/22", 29, 127],
    ["10.88.0.0/28", 29, 1],
    ["10.88.0.0/29", 30, 1],
  ])("cuts %s into /%i by default, for %i hosts", (network, subnetPrefix, hosts) => {
    expect(defaultSubnetPrefix(network)).toBe(subnetPrefix);
    expect(capacityOf({ network, subnetPrefix })).toBe(hosts);
    expect(() => checkOverlay({ network, subnetPrefix })).not.toThrow();
  });

  it("lets no address of up to 1,000 hosts collide with another", () => {
    const scenario = overlayRange(1_000).chain((range) =>
      fc.record({
        range: fc.constant(range),
        ids: fc.uniqueArray(fc.integer({ min: 1, max: Math.min(capacityOf(range), 65_535) }), {
          minLength: 1_000,
          maxLength: 1_000,
          size: "max",
        }),
      }),
    );
    fc.assert(
      fc.property(scenario, ({ range, ids }) => {
        const overlay = rangeOf(range.network);
        const hosts = ids.map((id) => addressingOf(range, id));
        const subnets = hosts.map(({ subnet }) => rangeOf(subnet)).sort((a, b) => a.first - b.first);
        const ends = [overlay.first, ...subnets.map(({ last }) => last)];
        expect(subnets.filter(({ first }, index) => first <= ends[index]!)).toEqual([]);
        expect(subnets.at(-1)!.last).toBeLessThanOrEqual(overlay.last);
        const special = hosts.flatMap(({ gateway, reserved }) => [gateway, ...reserved]);
        expect(new Set(special).size).toBe(special.length);
        expect(special).not.toContain(hosts[0]!.broadcast);
      }),
      { numRuns: 10 },
    );
  });

  it("keeps gateway and reserved addresses inside the subnet and something for containers", () => {
    const scenario = overlayRange(1).chain((range) =>
      fc.record({ range: fc.constant(range), id: fc.integer({ min: 1, max: capacityOf(range) }) }),
    );
    fc.assert(
      fc.property(scenario, ({ range, id }) => {
        const { subnet, gateway, reserved, broadcast } = addressingOf(range, id);
        const { first, last } = rangeOf(subnet);
        const withheld = new Set([gateway, broadcast, ...reserved].map(toNumber));
        const addresses = Array.from({ length: last - first + 1 }, (_, index) => first + index);
        const free = addresses.filter((address) => !withheld.has(address));
        expect(free.length).toBeGreaterThan(0);
        expect(free.filter((address) => address % 256 === 0 || address % 256 === 255)).toEqual([]);
        expect(free).not.toContain(first);
        expect(free).not.toContain(last);
        expect(toNumber(gateway)).toBe(first + 1);
        const outside = reserved.map(toNumber).filter((address) => address < first || address > last);
        expect(outside).toEqual([]);
        expect(reserved.length).toBeLessThanOrEqual(32);
        expect(subnet).toBe(subnetOf(range, id));
      }),
      { numRuns: 200 },
    );
  });
});

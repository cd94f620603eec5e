import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mesh, tunnelsOf } from "../../src/cluster/mesh.ts";
import { carriers, tunnelKey, tunnelName } from "../../src/cluster/tunnel.ts";
import { clusterName, hostId, listOf, tunnelType } from "./arbitrary.ts";

describe("tunnels", () => {
  it("are listed by peer, each with both underlay addresses", () => {
    const list = listOf([12, 3, 7]);
    const [, middle] = list.hosts;
    expect(tunnelsOf(list, middle!)).toEqual([
      {
        name: "gre-3-7",
        type: "gre",
        key: tunnelKey("main", 3, 7),
        local: "192.168.0.7",
        remote: "192.168.0.3",
        peer: { id: 3, name: "host3" },
      },
      {
        name: "gre-7-12",
        type: "gre",
        key: tunnelKey("main", 7, 12),
        local: "192.168.0.7",
        remote: "192.168.0.12",
        peer: { id: 12, name: "host12" },
      },
    ]);
  });

  it("are none for a host that is alone", () => {
    const list = listOf([4]);
    expect(tunnelsOf(list, list.hosts[0]!)).toEqual([]);
    expect(mesh(list)).toEqual([]);
  });

  it("join every pair once", () => {
    const list = listOf([1, 2, 3, 10], { type: "vxlan" });
    expect(mesh(list).map(({ name }) => name)).toEqual([
      "vxl-1-2",
      "vxl-1-3",
      "vxl-1-10",
      "vxl-2-3",
      "vxl-2-10",
      "vxl-3-10",
    ]);
    expect(mesh(list)[5]!.hosts.map(({ name }) => name)).toEqual(["host3", "host10"]);
  });

  it("have names that Linux takes, for all pairs of ids, different for different pairs", () => {
    const pair = fc.uniqueArray(hostId, { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(tunnelType, pair, pair, (type, [a, b], [c, d]) => {
        const name = tunnelName(type, a!, b!);
        expect(name).toMatch(/^[a-z]{3}-\d+-\d+$/);
        expect(name.length).toBeLessThanOrEqual(15);
        expect(name).toBe(tunnelName(type, b!, a!));
        const same = new Set([a, b, c, d]).size === 2;
        expect(name === tunnelName(type, c!, d!)).toBe(same);
      }),
    );
    expect(tunnelName("geneve", 65_535, 65_534)).toBe("gnv-65534-65535");
  });

  it("have keys of 24 bits that are not zero, the same from both sides", () => {
    fc.assert(
      fc.property(clusterName, hostId, hostId, (cluster, a, b) => {
        const key = tunnelKey(cluster, a, b);
        expect(Number.isInteger(key)).toBe(true);
        expect(key).toBeGreaterThanOrEqual(1);
        expect(key).toBeLessThan(2 ** 24);
        expect(key).toBe(tunnelKey(cluster, b, a));
      }),
    );
  });

  it("have keys that stay the same between releases and differ between clusters", () => {
    expect(tunnelKey("main", 1, 2)).toBe(13_593_942);
    expect(tunnelKey("other", 1, 2)).toBe(4_271_067);
    expect(tunnelKey("main", 1, 23)).toBe(5_655_449);
    expect(tunnelKey("main", 12, 3)).toBe(14_578_457);
  });

  it("say what a firewall has to let through", () => {
    expect(carriers).toEqual({
      gre: { protocol: 47 },
      vxlan: { protocol: 17, port: 4789 },
      geneve: { protocol: 17, port: 6081 },
    });
  });
});

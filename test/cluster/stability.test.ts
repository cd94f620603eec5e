import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressingOf } from "../../src/cluster/addressing.ts";
import type { HostList } from "../../src/cluster/host-list.ts";
import { planIds } from "../../src/cluster/ids.ts";
import { mesh, tunnelsOf } from "../../src/cluster/mesh.ts";
import { clusterName, family, listOf, tunnelType } from "./arbitrary.ts";

/** What a cluster goes through: resized, or a host lost from outside (by its place among those there). */
const change = fc.oneof(
  fc.record({ kind: fc.constant("resize" as const), count: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant("lose" as const), place: fc.nat(11) }),
);

function changed(
  ids: readonly number[],
  event: typeof change extends fc.Arbitrary<infer E> ? E : never,
): number[] {
  if (event.kind === "lose") {
    return ids.length > 1 ? ids.filter((_, index) => index !== event.place % ids.length) : [...ids];
  }
  const { keep, add } = planIds(ids, event.count);
  return [...keep, ...add];
}

/** All that must stay the same of a host and a tunnel, by id and by name. */
function facts(list: HostList): Map<string, string> {
  const hosts = list.hosts.map(
    (host) => [`host ${host.id}`, [host, addressingOf(list.overlay, host.id)]] as const,
  );
  const tunnels = mesh(list).map((tunnel) => [`tunnel ${tunnel.name}`, tunnel] as const);
  return new Map([...hosts, ...tunnels].map(([key, value]) => [key, JSON.stringify(value)]));
}

describe("a cluster that changes", () => {
  it("keeps ids, subnets, gateways, tunnel names and keys of the hosts that stay", () => {
    fc.assert(
      fc.property(
        clusterName,
        tunnelType,
        fc.array(change, { minLength: 1, maxLength: 6 }),
        (cluster, type, events) => {
          let ids: number[] = planIds([], 3).add.slice();
          let before = facts(listOf(ids, { cluster, type }));
          for (const event of events) {
            const next = changed(ids, event);
            const after = facts(listOf(next, { cluster, type }));
            const stayed = ids.filter((id) => next.includes(id));
            const tunnels = [...after.keys()].filter((key) => key.startsWith("tunnel ") && before.has(key));
            expect(tunnels).toHaveLength((stayed.length * (stayed.length - 1)) / 2);
            const kept = [...stayed.map((id) => `host ${id}`), ...tunnels];
            expect(kept.map((key) => after.get(key))).toEqual(kept.map((key) => before.get(key)));
            ids = next;
            before = after;
          }
        },
      ),
    );
  });

  it("has a tunnel's two ends agree, whichever way the list is read", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 255 }), { minLength: 2, maxLength: 12 }),
        clusterName,
        tunnelType,
        family,
        (ids, cluster, type, addressFamily) => {
          const list = listOf(ids, { cluster, type, family: addressFamily });
          const ends = list.hosts.map((host) => ({ host, tunnels: tunnelsOf(list, host) }));
          for (const { host, tunnels } of ends) {
            expect(tunnels.map(({ peer }) => peer.id)).toEqual(
              list.hosts.map(({ id }) => id).filter((id) => id !== host.id),
            );
            for (const { peer, local, remote, ...shared } of tunnels) {
              const other = ends.find((end) => end.host.id === peer.id)!;
              const back = other.tunnels.find((tunnel) => tunnel.name === shared.name);
              expect(back).toEqual({
                ...shared,
                local: remote,
                remote: local,
                peer: { id: host.id, name: host.name },
              });
            }
          }
        },
      ),
    );
  });
});

describe("planIds", () => {
  it("fills the gaps first and removes from the top", () => {
    expect(planIds([], 3)).toEqual({ keep: [], add: [1, 2, 3], remove: [] });
    expect(planIds([5, 2], 4)).toEqual({ keep: [2, 5], add: [1, 3], remove: [] });
    expect(planIds([1, 2, 7, 9], 2)).toEqual({ keep: [1, 2], add: [], remove: [7, 9] });
    expect(planIds([4, 1], 0)).toEqual({ keep: [], add: [], remove: [1, 4] });
  });

  it("ends with the count, keeps only what was there and adds only what was not", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 })), fc.nat(40), (existing, count) => {
        const { keep, add, remove } = planIds(existing, count);
        expect(keep.length + add.length).toBe(count);
        expect(add.length === 0 || remove.length === 0).toBe(true);
        expect(new Set([...keep, ...remove])).toEqual(new Set(existing));
        for (const id of add) expect(existing).not.toContain(id);
        for (const id of remove) expect(id).toBeGreaterThan(Math.max(0, ...keep));
        const lowestFree = Array.from({ length: 81 }, (_, index) => index + 1).filter(
          (id) => !existing.includes(id),
        );
        expect(add).toEqual(lowestFree.slice(0, add.length));
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/cluster/host-list.ts";
import { addFinding, type PairFinding } from "../../src/verify/findings.ts";
import { judge } from "../../src/verify/judge.ts";
import { hostList, listOf } from "../cluster/arbitrary.ts";
import { healthy, well } from "./made-up.ts";

const list = listOf([1, 2, 3]);

/** The verdict on three hosts where one way, host1 -> host2, is not as it should be. */
function spoil(finding: PairFinding) {
  const { hosts, pairs } = healthy(list);
  addFinding(pairs, "host1", "host2", finding);
  return judge(list, hosts, pairs);
}

describe("the verdict", () => {
  test("on a healthy cluster is ok, for every ordered pair once", () => {
    fc.assert(
      fc.property(hostList, (list) => {
        const { hosts, pairs } = healthy(list);
        const result = judge(list, hosts, pairs);
        const count = list.hosts.length;
        expect(result.ok).toBe(true);
        expect(result.digest).toBe(digestOf(list));
        expect(new Set(result.pairs.map(({ from, to }) => `${from} ${to}`)).size).toBe(count * (count - 1));
        expect(result.pairs).toHaveLength(count * (count - 1));
        expect(result.pairs.filter(({ from, to, ok }) => from === to || !ok)).toEqual([]);
      }),
    );
  });

  test("holds what was measured", () => {
    const { hosts, pairs } = healthy(list);
    addFinding(pairs, "host1", "host2", { throughput: 941.5 });
    expect(judge(list, hosts, pairs).pairs[0]).toEqual({
      from: "host1",
      to: "host2",
      ok: true,
      rttMs: 0.9,
      lossPercent: 0,
      pathMtu: 1458,
      expectedMtu: 1458,
      broadcasts: 1,
      throughputMbps: 941.5,
    });
  });

  test.each<[string, PairFinding]>([
    ["no echo came back", { reach: { sent: 3, received: 0, rttMs: null, mtu: null } }],
    ["more than one of 25 echoes is lost", { reach: { sent: 25, received: 23, rttMs: 1, mtu: 1458 } }],
    ["the largest packet is smaller than the MTU", { reach: { sent: 5, received: 5, rttMs: 1, mtu: 1457 } }],
    ["a broadcast does not arrive", { copies: 0 }],
    ["a broadcast arrives twice", { copies: 2 }],
    ["no stream comes through", { throughput: null }],
  ])("fails the one pair where %s", (_, finding) => {
    const result = spoil(finding);
    expect(result.ok).toBe(false);
    expect(result.pairs.filter(({ ok }) => !ok).map(({ from, to }) => `${from} ${to}`)).toEqual([
      "host1 host2",
    ]);
    expect(result.pairs[0]?.cause).toBeTruthy();
    expect(result.pairs[0]?.hint).toBeTruthy();
  });

  test.each<[string, PairFinding]>([
    ["one of 25 echoes is lost", { reach: { sent: 25, received: 24, rttMs: 1, mtu: 1458 } }],
    ["throughput is low", { throughput: 0.01 }],
  ])("lets a pair pass where %s", (_, finding) => {
    expect(spoil(finding).ok).toBe(true);
  });

  test("fails both ways between hosts of different MTU, and no other", () => {
    const { hosts, pairs } = healthy(list);
    const spoiled = hosts.map((one) => (one.host.id === 3 ? { ...one, mtu: 8958 } : one));
    const failed = judge(list, spoiled, pairs).pairs.filter(({ ok }) => !ok);
    expect(failed.map(({ from, to }) => `${from} ${to}`)).toEqual([
      "host1 host3",
      "host2 host3",
      "host3 host1",
      "host3 host2",
    ]);
  });

  test("expects the host list's MTU where it has one", () => {
    const fixed = listOf([1, 2], { mtu: 1400 });
    const { hosts, pairs } = healthy(fixed);
    for (const key of pairs.keys()) pairs.set(key, well(1458));
    const result = judge(
      fixed,
      hosts.map((one) => ({ ...one, mtu: 1458 })),
      pairs,
    );
    expect(result.pairs.map(({ ok, cause }) => [ok, cause])).toEqual([
      [false, "host1: the overlay has MTU 1458, the host list says 1400"],
      [false, "host2: the overlay has MTU 1458, the host list says 1400"],
    ]);
  });

  test("on a host without a probe fails its pairs by its reason, and no other", () => {
    const { hosts, pairs } = healthy(list);
    const spoiled = hosts.map((one) => (one.host.id === 2 ? { host: one.host, reason: "host2: gone" } : one));
    const result = judge(list, spoiled, pairs);
    expect(result.ok).toBe(false);
    expect(result.hosts.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(result.pairs.filter(({ ok }) => ok).map(({ from, to }) => `${from} ${to}`)).toEqual([
      "host1 host3",
      "host3 host1",
    ]);
    expect(new Set(result.pairs.map(({ cause }) => cause))).toEqual(new Set([undefined, "host2: gone"]));
  });

  test("on a lone host is about its probe", () => {
    const alone = listOf([1]);
    const { hosts, pairs } = healthy(alone);
    expect(judge(alone, hosts, pairs)).toMatchObject({ ok: true, pairs: [] });
    const lost = hosts.map(({ host }) => ({ host, reason: "host1: gone" }));
    expect(judge(alone, lost, pairs)).toMatchObject({ ok: false, pairs: [] });
  });
});

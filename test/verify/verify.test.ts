import { describe, expect, test } from "vitest";
import type { Host } from "../../src/cluster/host-list.ts";
import { Failure } from "../../src/errors.ts";
import type { Event } from "../../src/report/reporter.ts";
import { verify } from "../../src/steps/verify.ts";
import { listOf } from "../cluster/arbitrary.ts";
import { type Faults, fakeCluster } from "./fake-cluster.ts";

const list = listOf([1, 2, 3]);

/** Verifies a cluster in memory; what it leaves open fails the test. */
async function verifyFake(
  faults: Faults,
  options: { unreachable?: string; throughputSeconds?: number } = {},
) {
  const { connectHost, open, commands } = fakeCluster(list, faults);
  const events: Event[] = [];
  const context = {
    reporter: { report: (event: Event) => void events.push(event), close() {} },
    signal: new AbortController().signal,
    env: {},
  };
  const connect = async (host: Host) => {
    if (host.name === options.unreachable) throw new Failure(`${host.name}: did not answer`, "is it up?");
    return connectHost(host);
  };
  const result = await verify({ list, throughputSeconds: options.throughputSeconds }, context, connect);
  expect([...open]).toEqual([]);
  const failed = result.pairs.filter(({ ok }) => !ok).map(({ from, to }) => `${from}>${to}`);
  return { result, failed, events, commands };
}

describe("verify", () => {
  test("finds six ordered pairs of three hosts ok", async () => {
    const { result, events } = await verifyFake({});
    expect(result.ok).toBe(true);
    expect(result.pairs).toHaveLength(6);
    expect(result.pairs[0]).toMatchObject({ rttMs: 0.9, pathMtu: 1458, expectedMtu: 1458, broadcasts: 1 });
    expect(result.pairs[0]).not.toHaveProperty("throughputMbps");
    expect(events.filter(({ kind }) => kind === "overall")).toEqual(
      ["host1", "host2", "host3"].map((host) => ({
        kind: "overall",
        host,
        outcome: "done",
        text: "reaches 2 hosts",
      })),
    );
  });

  test("measures throughput where asked to", async () => {
    const { result } = await verifyFake({}, { throughputSeconds: 1 });
    expect(result.pairs.map(({ throughputMbps }) => throughputMbps)).toEqual(Array(6).fill(1000));
  });

  test("lets a host that cannot be reached fail its own pairs only", async () => {
    const { result, failed, events } = await verifyFake({}, { unreachable: "host2" });
    expect(result.ok).toBe(false);
    expect(failed).toEqual(["host1>host2", "host2>host1", "host2>host3", "host3>host2"]);
    expect(result.pairs[0]).toMatchObject({ cause: "host2: did not answer", hint: "is it up?" });
    expect(result.hosts[1]).toMatchObject({ ok: false, reason: "host2: did not answer" });
    expect(events).toContainEqual({
      kind: "overall",
      host: "host2",
      outcome: "failed",
      text: "host2: did not answer",
    });
  });

  test("says what kept a probe from starting", async () => {
    const greeting = (host: string) =>
      host === "host3" ? ["failed there is no Docker network overbridge"] : undefined;
    const { result, failed } = await verifyFake({ greeting });
    expect(failed).toEqual(["host1>host3", "host2>host3", "host3>host1", "host3>host2"]);
    expect(result.pairs.at(-1)?.cause).toBe(
      "host3: the probe did not start: there is no Docker network overbridge",
    );
  });

  test("says what Docker said where a container did not start", async () => {
    const greeting = (host: string) =>
      host === "host3"
        ? ["docker: Error response from daemon: no space left", "See docker help."]
        : undefined;
    const { result } = await verifyFake({ greeting });
    expect(result.hosts[2]?.reason).toBe(
      "host3: the probe did not start: docker: Error response from daemon: no space left",
    );
  });

  test.each(["172.17.0.2", "10.88.2.7", "::1", "1.2.3"])(
    "takes no %s for an address of host3",
    async (address) => {
      const greeting = (host: string) => (host === "host3" ? [`ready ${address} 1500`] : undefined);
      const { result } = await verifyFake({ greeting });
      expect(result.hosts[2]?.reason).toBe(
        `host3: expected Docker network overbridge to give an address of 10.88.3.0/24, found ${address}`,
      );
    },
  );

  test("goes on without a probe that dies on the way", async () => {
    const dies = (host: string, command: string) => host === "host1" && command === "shout";
    const { result, failed } = await verifyFake({ dies });
    expect(failed).toEqual(["host1>host2", "host1>host3", "host2>host1", "host3>host1"]);
    expect(result.hosts[0]?.reason).toBe("host1: a command ended while it was listened to");
    expect(result.pairs.find(({ from, to }) => from === "host2" && to === "host3")?.ok).toBe(true);
  });

  test("tries a broadcast again that got lost, and only the one", async () => {
    const copies = (from: string, to: string, attempt: number) =>
      from === "host1" && to === "host2" && attempt < 3 ? 0 : 1;
    const { result, commands } = await verifyFake({ copies });
    expect(result.ok).toBe(true);
    expect(commands.filter((command) => command.endsWith("shout")).toSorted()).toEqual([
      "host1: shout",
      "host1: shout",
      "host1: shout",
      "host2: shout",
      "host3: shout",
    ]);
  });

  test("does not try again where no echo came through either", async () => {
    const cuts = (a: string, b: string) => a === "host1" || b === "host1";
    const { commands } = await verifyFake({ cuts, copies: (a, b) => (cuts(a, b) ? 0 : 1) });
    expect(commands.filter((command) => command.endsWith("shout"))).toHaveLength(3);
  });

  test("never excuses a broadcast that came twice", async () => {
    const copies = (from: string, to: string, attempt: number) => {
      if (from !== "host1" || attempt > 1) return 1;
      return to === "host2" ? 2 : 0;
    };
    const { failed, result } = await verifyFake({ copies });
    expect(failed).toEqual(["host1>host2"]);
    expect(result.pairs[0]?.broadcasts).toBe(2);
  });

  test("looks for the cause where a pair failed, and tests the underlay between its hosts", async () => {
    const cuts = (a: string, b: string) => `${a}${b}`.includes("host1") && `${a}${b}`.includes("host2");
    const evidence = (host: string) => (host === "host2" ? "digest \nswitch ovs-vsctl: no database" : "");
    const { failed, commands, result } = await verifyFake({ cuts, evidence });
    expect(failed).toEqual(["host1>host2", "host2>host1"]);
    expect(result.pairs[0]?.cause).toBe("host1: it is not configured");
    expect(commands.filter((command) => command.endsWith("reach")).toSorted()).toEqual([
      "host1: reach",
      "host1: reach",
      "host2: reach",
      "host2: reach",
      "host3: reach",
    ]);
  });

  test("warns of a host that was configured from another list, though all is well", async () => {
    const other = `sha256:${"ab".repeat(32)}`;
    const { result, events } = await verifyFake({
      evidence: (host) => (host === "host2" ? `digest ${other}` : ""),
    });
    expect(result.ok).toBe(true);
    expect(result.hosts[1]?.digest).toBe(other);
    expect(events.filter(({ kind }) => kind === "warning")).toMatchObject([{ host: "host2" }]);
  });

  test("ends what it started when it is interrupted", async () => {
    const { connectHost, open } = fakeCluster(list);
    const controller = new AbortController();
    const context = {
      reporter: {
        report: (event: Event) => {
          if (event.kind === "doing" && event.text === "sending broadcasts") controller.abort();
        },
        close() {},
      },
      signal: controller.signal,
      env: {},
    };
    await expect(verify({ list }, context, connectHost)).rejects.toThrow(/^interrupted$/);
    expect([...open]).toEqual([]);
  });
});

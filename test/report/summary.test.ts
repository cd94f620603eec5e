import { expect, test } from "vitest";
import { configureSummary, provisionSummary, verifySummary } from "../../src/report/summary.ts";
import { topologyMermaid } from "../../src/report/topology.ts";
import type { StatusResult } from "../../src/steps/status.ts";
import type { VerifyResult } from "../../src/verify/judge.ts";
import { listOf } from "../actions/lists.ts";

const list = listOf(3);
const times = new Map([
  ["provision", 6_500],
  ["verify", 75_200],
]);

function resultOf(failed: readonly string[] = []): VerifyResult {
  const names = list.hosts.map(({ name }) => name);
  return {
    ok: failed.length === 0,
    cluster: "test",
    digest: `sha256:${"0".repeat(64)}`,
    hosts: names.map((host) => ({ host, ok: true })),
    pairs: names.flatMap((from) =>
      names
        .filter((to) => to !== from)
        .map((to) => ({
          ...{ from, to, ok: !failed.includes(`${from}>${to}`), rttMs: 1, lossPercent: 0 },
          ...{ pathMtu: 1458, expectedMtu: 1458, broadcasts: 1 },
        })),
    ),
  };
}

function statusOf(openvswitch: string): StatusResult {
  const hosts = list.hosts.map(({ name }) => ({
    ...{ host: name, reachable: true, current: true, tunnels: { up: 2, wanted: 2 }, containers: 0 },
    facts: { openvswitch, docker: "28.1.0", datapath: "system" },
  }));
  return { ok: true, cluster: "test", digest: "", hosts };
}

test("the topology has every host and every tunnel once, and a failed one dotted", () => {
  const lines = topologyMermaid(list, resultOf(["host3>host1"])).split("\n");
  expect(lines.filter((line) => line.includes("["))).toHaveLength(3);
  expect(lines).toContain("  h1 ---|gre-1-2| h2");
  expect(lines).toContain("  h2 ---|gre-2-3| h3");
  expect(lines).toContain("  h1 -. gre-1-3 failed .- h3");
  expect([lines[0], lines.at(-1)]).toEqual(["```mermaid", "```"]);
});

test("a large mesh is one node that every host is joined to", () => {
  const large = listOf(40);
  const lines = topologyMermaid(large, { ...resultOf(), hosts: [], pairs: [] }).split("\n");
  expect(lines).toContain('  mesh(("mesh of 780<br>gre tunnels"))');
  expect(lines.filter((line) => line.endsWith("--- mesh"))).toHaveLength(40);
});

test("verify's summary: verdict, picture, matrix, versions, how to reach the hosts, time", () => {
  const text = verifySummary(list, resultOf(), statusOf("3.7.1"), times);
  expect(text).toContain("### Cluster test: verified");
  expect(text).toContain("| host1 | 3.7.1 | system | 28.1.0 | `ssh -p 1 root@127.1.0.0` |");
  expect(text).toContain("6 of 6 pairs ok");
  expect(text).toContain("Time: provision 6.5 s, verify 75 s.");
});

test("what a host says of itself cannot become Markdown", () => {
  const text = verifySummary(list, resultOf(), statusOf("<img src=x> | [a](b) `c`"), times);
  expect(text).not.toMatch(/<img|\[a\]\(b\)|`c`/);
});

test("provision's summary has a row a host", () => {
  const text = provisionSummary(list, times);
  for (const { name, subnet } of list.hosts) expect(text).toMatch(new RegExp(`\\| ${name} .* ${subnet} \\|`));
});

test("both summaries say what the hosts cost and have cost, where they cost something", () => {
  const summaries = (cost?: { hourly: number; soFar: number }) => [
    provisionSummary(list, times, cost),
    verifySummary(list, resultOf(), statusOf("3.7.1"), times, cost),
  ];
  for (const text of summaries({ hourly: 0.0804, soFar: 0.0366 })) {
    expect(text).toContain("\n\nCost: $0.0804 an hour, about $0.04 so far.\n");
  }
  for (const text of summaries({ hourly: 0.0804, soFar: 0.001 })) {
    expect(text).toContain("Cost: $0.0804 an hour, less than $0.01 so far.");
  }
  for (const text of summaries()) expect(text).not.toContain("Cost");
});

test("configure's summary has a row a host, with why one failed", () => {
  const changed = { name: "bridge", outcome: "changed", ms: 10 } as const;
  const text = configureSummary(
    {
      ...{ ok: false, cluster: "test", digest: "", changed: 1 },
      hosts: [
        { host: "host1", outcome: "done", ms: 3_000, properties: [changed], facts: {} },
        { host: "host2", outcome: "failed", reason: "no <b>", ms: 100, properties: [], facts: {} },
      ],
    },
    new Map([["configure", 3_100]]),
  );
  expect(text).toContain("### Cluster test: **not configured**");
  expect(text).toContain("| host1 | done | 1 | 3.0 s |");
  expect(text).toContain("| host2 | **failed**: no &#60;b&#62; | 0 | 0.1 s |");
  expect(text).toContain("Time: configure 3.1 s.");
});

import { expect, test } from "vitest";
import { matrixMarkdown, matrixText } from "../../src/report/matrix.ts";
import { addFinding } from "../../src/verify/findings.ts";
import { judge } from "../../src/verify/judge.ts";
import { listOf } from "../cluster/arbitrary.ts";
import { healthy, well } from "../verify/made-up.ts";

const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** A verified cluster of so many hosts, healthy where `lost` does not say otherwise, in pairs `1>2`. */
function verified(count: number, lost: readonly string[] = [], throughput?: number) {
  const list = listOf(range(count));
  const { hosts, pairs } = healthy(list);
  for (const key of pairs.keys()) {
    const [from = "", to = ""] = key.split(">");
    const reach = { ...well(1458).reach!, rttMs: from === "host1" ? 0.91 : 12.4 };
    addFinding(pairs, from, to, throughput === undefined ? { reach } : { reach, throughput });
  }
  for (const pair of lost) {
    const [from, to] = pair.split(">");
    addFinding(pairs, `host${from}`, `host${to}`, { copies: 0 });
  }
  return judge(list, hosts, pairs);
}

test("every pair has a cell: round trip and largest packet", () => {
  expect(matrixText(verified(3))).toBe(
    [
      "FROM \\ TO  host1       host2        host3",
      "host1      -           0.9 ms 1458  0.9 ms 1458",
      "host2      12 ms 1458  -            12 ms 1458",
      "host3      12 ms 1458  12 ms 1458   -",
      "6 of 6 pairs ok, round trip 0.9 ms to 12 ms, largest packet 1458 bytes",
    ].join("\n"),
  );
});

test("throughput is shown where it was measured", () => {
  expect(matrixText(verified(2, [], 941.4))).toBe(
    [
      "FROM \\ TO  host1                  host2",
      "host1      -                      0.9 ms 1458 941 Mbit/s",
      "host2      12 ms 1458 941 Mbit/s  -",
      "2 of 2 pairs ok, round trip 0.9 ms to 12 ms, largest packet 1458 bytes, 941 Mbit/s",
    ].join("\n"),
  );
});

test("a failed pair is marked, with its cause below", () => {
  expect(matrixText(verified(3, ["1>3"]))).toBe(
    [
      "FROM \\ TO  host1       host2        host3",
      "host1      -           0.9 ms 1458  FAILED",
      "host2      12 ms 1458  -            12 ms 1458",
      "host3      12 ms 1458  12 ms 1458   -",
      "failed: host3 does not hear host1's broadcasts, though echoes pass",
      "  pairs: host1 -> host3",
      "  hint: overbridge exec host1 -- ovs-ofctl dump-flows br-overlay",
      "5 of 6 pairs ok, round trip 0.9 ms to 12 ms, largest packet 1458 bytes",
    ].join("\n"),
  );
});

test("a cause that many pairs share is told once", () => {
  const list = listOf(range(9));
  const { hosts, pairs } = healthy(list);
  const spoiled = hosts.map((one) =>
    one.host.id === 9 ? { host: one.host, reason: "host9: gone", hint: "is it up?" } : one,
  );
  const lines = matrixText(judge(list, spoiled, pairs))
    .split("\n")
    .slice(10);
  expect(lines).toEqual([
    "failed: host9: gone",
    "  pairs: host1 -> host9, host2 -> host9, host3 -> host9, host4 -> host9, host5 -> host9, host6 -> host9 and 10 more",
    "  hint: is it up?",
    "56 of 72 pairs ok, round trip 0.9 ms, largest packet 1458 bytes, 1 of 9 hosts without a probe",
  ]);
});

test("of more than twelve hosts only failures and totals are shown", () => {
  expect(matrixText(verified(12)).split("\n")).toHaveLength(14);
  expect(matrixText(verified(13)).split("\n")).toHaveLength(1);
  expect(
    matrixText(verified(13, ["1>13"]))
      .split("\n")
      .map((line) => line.slice(0, 30)),
  ).toEqual([
    "failed: host13 does not hear h",
    "  pairs: host1 -> host13",
    "  hint: overbridge exec host1 ",
    "155 of 156 pairs ok, round tri",
  ]);
  expect(matrixMarkdown(verified(13))).not.toContain("|");
});

test("the same as Markdown", () => {
  expect(matrixMarkdown(verified(2, ["1>2"]))).toBe(
    [
      "| FROM &#92; TO | host1 | host2 |",
      "| --- | --- | --- |",
      "| host1 | - | **failed** |",
      "| host2 | 12 ms 1458 | - |",
      "",
      "- **host2 does not hear host1&#39;s broadcasts, though echoes pass**<br>host1 -&#62; host2<br>Hint: overbridge exec host1 -- ovs-ofctl dump-flows br-overlay",
      "",
      "1 of 2 pairs ok, round trip 12 ms, largest packet 1458 bytes.",
    ].join("\n"),
  );
});

test("what a host said cannot become Markdown or HTML", () => {
  const list = listOf([1, 2]);
  const { hosts, pairs } = healthy(list);
  const said = "host2: <img src=x> | [a](http://b) `c` @d **e** #1";
  const spoiled = hosts.map((one) => (one.host.id === 2 ? { host: one.host, reason: said } : one));
  const markdown = matrixMarkdown(judge(list, spoiled, pairs));
  expect(markdown).toContain("img");
  expect(markdown).not.toMatch(/<img|\[a|`c|@d|\*\*e|:\/\//);
});

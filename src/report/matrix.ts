import type { PairResult, VerifyResult } from "../verify/judge.ts";
import { table } from "./table.ts";

/** A matrix of more hosts than this is not read but searched: then only failures and totals are shown. */
const MOST_HOSTS = 12;
/** So many pairs are named for one cause before they are only counted. */
const MOST_PAIRS = 6;

/** A way between hosts that works: `0.9 ms 1458`, the round trip and the largest packet in bytes. */
function cellText({ ok, rttMs, pathMtu, throughputMbps }: PairResult): string {
  if (!ok) return "FAILED";
  const rate = throughputMbps === undefined ? [] : [`${Math.round(throughputMbps ?? 0)} Mbit/s`];
  return [milliseconds(rttMs), String(pathMtu), ...rate].join(" ");
}

function milliseconds(ms: number | null): string {
  return ms === null ? "" : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** Rows from, columns to; the first row and column are headings. */
function cells({ hosts, pairs }: VerifyResult): string[][] {
  const cellOf = new Map(pairs.map((pair) => [`${pair.from}>${pair.to}`, cellText(pair)]));
  const names = hosts.map(({ host }) => host);
  return [
    ["FROM \\ TO", ...names],
    ...names.map((from) => [
      from,
      ...names.map((to) => (from === to ? "-" : (cellOf.get(`${from}>${to}`) ?? ""))),
    ]),
  ];
}

/** Whether the values are one or two numbers, for `1458` or `1400-1458`. */
function range(values: readonly number[], show: (value: number) => string): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map(show);
  return least === most ? `${least}` : `${least} to ${most}`;
}

/** One line that says how it came out: `6 of 6 pairs ok, round trip 0.8 ms to 1.5 ms, largest packet 1458 bytes`. */
export function matrixTotals({ hosts, pairs }: VerifyResult): string {
  const fine = pairs.filter(({ ok }) => ok);
  const parts = [`${fine.length} of ${pairs.length} pairs ok`];
  if (fine.length > 0) {
    parts.push(
      `round trip ${range(
        fine.map(({ rttMs }) => rttMs ?? 0),
        milliseconds,
      )}`,
    );
    parts.push(
      `largest packet ${range(
        fine.map(({ pathMtu }) => pathMtu ?? 0),
        String,
      )} bytes`,
    );
  }
  const rates = fine.flatMap(({ throughputMbps }) => throughputMbps ?? []);
  if (rates.length > 0) parts.push(`${range(rates.map(Math.round), String)} Mbit/s`);
  const down = hosts.filter(({ ok }) => !ok).length;
  if (down > 0) parts.push(`${down} of ${hosts.length} hosts without a probe`);
  return parts.join(", ");
}

/** Why pairs failed: each cause once, with the pairs it is given for. */
interface Failed {
  readonly cause: string;
  readonly hint: string;
  readonly ways: string;
}

function failures({ hosts, pairs }: VerifyResult): Failed[] {
  const byCause = new Map<string, { hint: string; ways: string[] }>();
  // With one host there is no pair to carry its reason.
  for (const { reason, hint } of hosts) if (reason) byCause.set(reason, { hint: hint ?? "", ways: [] });
  for (const { ok, from, to, cause = "no cause was found", hint = "" } of pairs) {
    if (ok) continue;
    const known = byCause.get(cause) ?? { hint, ways: [] };
    known.hint ||= hint;
    known.ways.push(`${from} -> ${to}`);
    byCause.set(cause, known);
  }
  return [...byCause].map(([cause, { hint, ways }]) => {
    const more = ways.length > MOST_PAIRS ? ` and ${ways.length - MOST_PAIRS} more` : "";
    return { cause, hint, ways: ways.slice(0, MOST_PAIRS).join(", ") + more };
  });
}

/** The matrix of pairs for a terminal, without colours, and why the failed ones failed. */
export function matrixText(result: VerifyResult): string {
  const failed = failures(result).flatMap(({ cause, hint, ways }) => [
    `failed: ${cause}`,
    ...(ways ? [`  pairs: ${ways}`] : []),
    ...(hint ? [`  hint: ${hint}`] : []),
  ]);
  const matrix = result.hosts.length > MOST_HOSTS ? [] : [table(cells(result))];
  return [...matrix, ...failed, matrixTotals(result)].join("\n");
}

/** Text that Markdown shows as it is: it may come from a host. */
function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9 .,;/()-]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** The same for a job's summary, as Markdown. */
export function matrixMarkdown(result: VerifyResult): string {
  const [heading = [], ...rows] = cells(result).map((row) => row.map(plain));
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  const mark = (cell: string) => (cell === "FAILED" ? "**failed**" : cell);
  const matrix =
    result.hosts.length > MOST_HOSTS
      ? []
      : [line(heading), line(heading.map(() => "---")), ...rows.map((row) => line(row.map(mark))), ""];
  const failed = failures(result).map(({ cause, hint, ways }) =>
    [`- **${plain(cause)}**`, ways && plain(ways), hint && `Hint: ${plain(hint)}`]
      .filter(Boolean)
      .join("<br>"),
  );
  if (failed.length > 0) failed.push("");
  return [...matrix, ...failed, `${matrixTotals(result)}.`].join("\n");
}

import type { CostUntilNow } from "../cluster/cost.ts";
import { digestOf, type Host, type HostList } from "../cluster/host-list.ts";
import type { ConfigureResult } from "../steps/configure.ts";
import type { StatusResult } from "../steps/status.ts";
import type { VerifyResult } from "../verify/judge.ts";
import { seconds } from "./lines.ts";
import { matrixMarkdown } from "./matrix.ts";
import { topologyMermaid } from "./topology.ts";

/** Milliseconds that a step took, by its name, in the order they ran. */
export type Times = ReadonlyMap<string, number>;

/** Rows of a table of hosts in a summary, which GitHub cuts off at 1 MiB. */
const MOST_ROWS = 500;

/** Text that Markdown shows as it is: it may come from a host. */
function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9 .,;:@/()-]/g, (character) => `&#${character.codePointAt(0)};`);
}

function tableOf(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const more = rows.length > MOST_ROWS ? [`\nand ${rows.length - MOST_ROWS} more`] : [];
  return [line(heading), line(heading.map(() => "---")), ...rows.slice(0, MOST_ROWS).map(line), ...more].join(
    "\n",
  );
}

/** How a person gets a shell on a host, as `ssh` takes it. */
function sshCommand({ ssh }: Host): string {
  return `ssh ${ssh.port === 22 ? "" : `-p ${ssh.port} `}${ssh.user}@${ssh.address}`;
}

function timesLine(times: Times): string {
  return `Time: ${[...times].map(([step, ms]) => `${step} ${seconds(ms)}`).join(", ")}.`;
}

/** What the hosts cost, a line in a paragraph of its own; nothing where they cost nothing. */
function costLines(cost: CostUntilNow | undefined): string[] {
  if (!cost) return [];
  const { hourly, soFar } = cost;
  const sum = soFar < 0.01 ? "less than $0.01" : `about $${soFar.toFixed(2)}`;
  return ["", `Cost: $${hourly.toFixed(4)} an hour, ${sum} so far.`];
}

/** What provisioning came to, as Markdown for a job's summary: the hosts, how to reach them, what they cost. */
export function provisionSummary(list: HostList, times: Times, cost?: CostUntilNow): string {
  const { overlay, tunnel } = list;
  return [
    `### Cluster ${list.cluster}`,
    "",
    `Overlay \`${overlay.name}\` ${overlay.network} over ${tunnel.type}, host list \`${digestOf(list).slice(0, 19)}\`.`,
    "",
    tableOf(
      ["id", "host", "SSH", "underlay", "subnet"],
      list.hosts.map((host) => [
        String(host.id),
        host.name,
        `\`${sshCommand(host)}\``,
        host.underlay,
        host.subnet,
      ]),
    ),
    "",
    timesLine(times),
    ...costLines(cost),
    "",
  ].join("\n");
}

/** What configuring some or all hosts came to, as Markdown for a job's summary: a row a host. */
export function configureSummary(result: ConfigureResult, times: Times): string {
  return [
    `### Cluster ${result.cluster}: ${result.ok ? "configured" : "**not configured**"}`,
    "",
    tableOf(
      ["host", "outcome", "changed", "time"],
      result.hosts.map(({ host, outcome, reason, properties, ms }) => [
        host,
        outcome === "done" ? "done" : `**failed**: ${plain(reason ?? "")}`,
        String(properties.filter((property) => property.outcome === "changed").length),
        seconds(ms),
      ]),
    ),
    "",
    timesLine(times),
    "",
  ].join("\n");
}

/** What a verification came to: topology, matrix of pairs, versions, how to reach the hosts, time and cost. */
export function verifySummary(
  list: HostList,
  result: VerifyResult,
  status: StatusResult,
  times: Times,
  cost?: CostUntilNow,
): string {
  const factsOf = new Map(status.hosts.map(({ host, facts }) => [host, facts]));
  const fact = (host: Host, name: string) => plain(factsOf.get(host.name)?.[name] ?? "");
  return [
    `### Cluster ${list.cluster}: ${result.ok ? "verified" : "**not verified**"}`,
    "",
    topologyMermaid(list, result),
    "",
    "Round trip and largest packet from each host (rows) to each other (columns):",
    "",
    matrixMarkdown(result),
    "",
    tableOf(
      ["host", "Open vSwitch", "datapath", "Docker", "reach it by"],
      list.hosts.map((host) => [
        host.name,
        fact(host, "openvswitch"),
        fact(host, "datapath"),
        fact(host, "docker"),
        `\`${sshCommand(host)}\``,
      ]),
    ),
    "",
    `A container joins with \`docker run --network ${list.overlay.name}\` on any of the hosts. Host list \`${result.digest}\`.`,
    "",
    timesLine(times),
    ...costLines(cost),
    "",
  ].join("\n");
}

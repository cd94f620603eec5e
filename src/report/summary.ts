import { digestOf, type Host, type HostList } from "../cluster/host-list.ts";
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
  return [...times].map(([step, ms]) => `${step} ${seconds(ms)}`).join(", ");
}

/** What provisioning came to, as Markdown for a job's summary: the hosts and how to reach them. */
export function provisionSummary(list: HostList, times: Times): string {
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
    `Time: ${timesLine(times)}.`,
    "",
  ].join("\n");
}

/** What a verification came to: topology, matrix of pairs, versions, time, and how to reach the hosts. */
export function verifySummary(
  list: HostList,
  result: VerifyResult,
  status: StatusResult,
  times: Times,
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
    `Time: ${timesLine(times)}.`,
    "",
  ].join("\n");
}

import type { HostList } from "../src/cluster/host-list.ts";
import { seconds } from "../src/report/lines.ts";
import { table } from "../src/report/table.ts";
import type { ConfigureResult } from "../src/steps/configure.ts";
import type { StatusResult } from "../src/steps/status.ts";

/** A configure for a person: a row a host, and why the failed ones failed. */
export function configureText(result: ConfigureResult): string {
  const rows = result.hosts.map(({ host, outcome, ms, properties, facts }) => [
    host,
    outcome,
    String(properties.filter((property) => property.outcome === "changed").length),
    seconds(ms),
    facts.datapath ?? "",
    facts.mtu ?? "",
  ]);
  const reasons = result.hosts.flatMap(({ host, reason, hint }) =>
    reason
      ? [`${host} failed: ${reason.replace(`${host}: `, "")}`, ...(hint ? [`  hint: ${hint}`] : [])]
      : [],
  );
  const text = table([["HOST", "OVERALL", "CHANGED", "TIME", "DATAPATH", "MTU"], ...rows]);
  return [text, ...reasons].join("\n");
}

/** A plan for a person: what a configure would change on each host. */
export function planText(result: ConfigureResult): string {
  return result.hosts
    .map(({ host, reason, properties }) => {
      if (reason) return `${host}: ${reason.replace(`${host}: `, "")}`;
      const would = properties.filter(({ outcome }) => outcome === "would").map(({ name }) => name);
      return would.length === 0
        ? `${host}: nothing would change`
        : `${host}: would change ${would.join(", ")}`;
    })
    .join("\n");
}

/** A status for a person: a row a host. */
export function statusText(result: StatusResult, list: HostList): string {
  const rows = result.hosts.map((host) => [
    host.host,
    host.reachable ? "yes" : "no",
    host.reachable ? (host.current ? "current" : "differs") : "",
    host.reachable ? `${host.tunnels.up}/${host.tunnels.wanted}` : "",
    host.reachable ? String(host.containers) : "",
    host.facts.openvswitch ?? "",
    host.facts.docker ?? "",
  ]);
  const heading = `cluster ${list.cluster}, host list ${result.digest.slice(0, 19)}`;
  const text = table([["HOST", "REACHABLE", "HOST LIST", "TUNNELS", "CONTAINERS", "OVS", "DOCKER"], ...rows]);
  const reasons = result.hosts.flatMap(({ reason }) => (reason ? [reason] : []));
  return [heading, text, ...reasons].join("\n");
}

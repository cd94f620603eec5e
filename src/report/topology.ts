import type { Host, HostList } from "../cluster/host-list.ts";
import { pairOf, tunnelName } from "../cluster/tunnel.ts";
import type { VerifyResult } from "../verify/judge.ts";

/** A mesh of more hosts than this is one dark blot: then it stands as a single node that all are joined to. */
const MOST_HOSTS = 10;

function nodeOf({ id, name, subnet, underlay }: Host): string {
  // Every part comes from a checked host list: none has a quote, a bracket or a line's end in it.
  return `  h${id}["<b>${name}</b><br>${subnet}<br>${underlay}"]`;
}

/** The pairs, lower id first, of which a direction failed. */
function brokenPairs(list: HostList, result: VerifyResult): Set<string> {
  const ids = new Map(list.hosts.map(({ id, name }) => [name, id]));
  const failed = result.pairs.filter(({ ok }) => !ok);
  return new Set(failed.map(({ from, to }) => pairOf(ids.get(from) ?? 0, ids.get(to) ?? 0).join("-")));
}

/** Every tunnel of the mesh; one that failed is dotted. */
function tunnels(list: HostList, broken: ReadonlySet<string>): string[] {
  return list.hosts.flatMap((host, index) =>
    list.hosts.slice(index + 1).map((peer) => {
      const name = tunnelName(list.tunnel.type, host.id, peer.id);
      const isBroken = broken.has(pairOf(host.id, peer.id).join("-"));
      return `  h${host.id} ${isBroken ? `-. ${name} failed .-` : `---|${name}|`} h${peer.id}`;
    }),
  );
}

/** A cluster's hosts and tunnels as a mermaid picture, in the fence that GitHub draws it from. */
export function topologyMermaid(list: HostList, result: VerifyResult): string {
  const isSmall = list.hosts.length <= MOST_HOSTS;
  const edges = isSmall
    ? tunnels(list, brokenPairs(list, result))
    : [
        `  mesh(("mesh of ${(list.hosts.length * (list.hosts.length - 1)) / 2}<br>${list.tunnel.type} tunnels"))`,
        ...list.hosts.map(({ id }) => `  h${id} --- mesh`),
      ];
  return ["```mermaid", "graph LR", ...list.hosts.map(nodeOf), ...edges, "```"].join("\n");
}

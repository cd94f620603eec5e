import { digestOf, type HostList } from "../cluster/host-list.ts";
import { table } from "./table.ts";

/** The host list for a person: what it is about, and a row a host. */
export function hostTable(list: HostList): string {
  const { overlay, tunnel } = list;
  const heading = `cluster ${list.cluster}: overlay ${overlay.name} ${overlay.network} over ${tunnel.type}, host list ${digestOf(list).slice(0, 19)}`;
  const rows = list.hosts.map((host) => [
    String(host.id),
    host.name,
    `${host.ssh.user}@${host.ssh.address}${host.ssh.port === 22 ? "" : ` port ${host.ssh.port}`}`,
    host.underlay,
    host.subnet,
  ]);
  return `${heading}\n${table([["ID", "HOST", "SSH", "UNDERLAY", "SUBNET"], ...rows])}`;
}

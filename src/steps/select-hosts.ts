import { findHost, type Host, type HostList } from "../cluster/host-list.ts";

/** The hosts that were asked for by name or id, in the list's order; all where none was. @throws InputError */
export function selectHosts(list: HostList, names: readonly string[]): readonly Host[] {
  if (names.length === 0) return list.hosts;
  const wanted = new Set(names.map((name) => findHost(list, name)));
  return list.hosts.filter((host) => wanted.has(host));
}

import type { Host } from "../../cluster/host-list.ts";
import { defaultHostName } from "../../cluster/ids.ts";
import { endpoint } from "../../ssh/failure.ts";
import type { StaticHost } from "./options.ts";

/** A host with the id and name it has, or is given, in the cluster. */
export interface AssignedHost extends StaticHost {
  readonly id: number;
  readonly name: string;
  /** `TYPE SHA256:…` that the host list has for it. */
  readonly listedKey?: string;
}

/**
 * Which host has which id: one whose SSH address and port are in the host list keeps its id and name; the
 * others get the lowest free ids in their order. The id of a host that leaves is not free yet: its tunnels
 * are still there on the others.
 *
 * @returns by id, ascending.
 */
export function assignIds(hosts: readonly StaticHost[], existing: readonly Host[]): readonly AssignedHost[] {
  const listed = new Map(existing.map((host) => [endpoint(host.ssh), host]));
  const taken = new Set(existing.map(({ id }) => id));
  let next = 1;
  const assigned = hosts.map((host): AssignedHost => {
    const known = listed.get(endpoint(host));
    if (known) return { ...host, id: known.id, name: known.name, listedKey: known.ssh.hostKey };
    while (taken.has(next)) next += 1;
    taken.add(next);
    return { ...host, id: next, name: defaultHostName(next) };
  });
  return assigned.toSorted((a, b) => a.id - b.id);
}

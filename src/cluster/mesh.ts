import type { Host, HostList } from "./host-list.ts";
import { type TunnelType, tunnelKey, tunnelName } from "./tunnel.ts";

/** A tunnel as one of its two hosts sees it. */
export interface TunnelEnd {
  /** At most 15 characters, the same on both ends. */
  readonly name: string;
  readonly type: TunnelType;
  /** 1 to 2^24-1, the same on both ends. */
  readonly key: number;
  /** This host's underlay address and the peer's. */
  readonly local: string;
  readonly remote: string;
  readonly peer: { readonly id: number; readonly name: string };
}

/** A tunnel as the cluster sees it. */
export interface Tunnel {
  readonly name: string;
  readonly type: TunnelType;
  readonly key: number;
  /** The host with the lower id first. */
  readonly hosts: readonly [Host, Host];
}

/** The tunnels of one host, one to every other host of the list, by the peers' ids. */
export function tunnelsOf(list: HostList, host: Pick<Host, "id" | "underlay">): TunnelEnd[] {
  const { type } = list.tunnel;
  return list.hosts
    .filter(({ id }) => id !== host.id)
    .toSorted((a, b) => a.id - b.id)
    .map((peer) => ({
      name: tunnelName(type, host.id, peer.id),
      type,
      key: tunnelKey(list.cluster, host.id, peer.id),
      local: host.underlay,
      remote: peer.underlay,
      peer: { id: peer.id, name: peer.name },
    }));
}

/** Every tunnel of a cluster: each pair of hosts once, by ids. */
export function mesh(list: HostList): Tunnel[] {
  const { type } = list.tunnel;
  const hosts = list.hosts.toSorted((a, b) => a.id - b.id);
  return hosts.flatMap((low, index) =>
    hosts.slice(index + 1).map((high) => ({
      name: tunnelName(type, low.id, high.id),
      type,
      key: tunnelKey(list.cluster, low.id, high.id),
      hosts: [low, high] as const,
    })),
  );
}

import { digestOf, type HostList } from "../../src/cluster/host-list.ts";
import { tunnelsOf } from "../../src/cluster/mesh.ts";
import type { Evidence, TunnelEvidence } from "../../src/verify/evidence.ts";
import { addFinding, type HostFinding, type PairFinding, type Pairs } from "../../src/verify/findings.ts";
import { orderedPairs } from "../../src/verify/judge.ts";

/** Findings of a cluster in which all is well, for a test to spoil. */
export function healthy(list: HostList, mtu = list.overlay.mtu ?? 1458) {
  const hosts = list.hosts.map((host): HostFinding => {
    const evidence = evidenceOf(list, host.id);
    return { host, address: host.subnet.replace(/0\/\d+$/, "2"), mtu, before: evidence, after: evidence };
  });
  const pairs: Pairs = new Map();
  for (const [from, to] of orderedPairs(list.hosts)) addFinding(pairs, from.name, to.name, well(mtu));
  return { hosts, pairs };
}

export const well = (mtu: number): PairFinding => ({
  reach: { sent: 5, received: 5, rttMs: 0.9, mtu },
  copies: 1,
});

/** What a host says that is as the host list says, having sent and received `packets` on each tunnel. */
export function evidenceOf(list: HostList, id: number, packets = 0): Evidence {
  const host = list.hosts.find((one) => one.id === id)!;
  const tunnels = tunnelsOf(list, host).map(({ name, type, key, local, remote }) => {
    const options = { key: String(key), local_ip: local, remote_ip: remote };
    return [name, { type, options, isProtected: true, rx: packets, tx: packets }] as const;
  });
  return {
    digest: digestOf(list),
    hasBridge: true,
    isJoined: true,
    filtersBridges: false,
    tunnels: new Map<string, TunnelEvidence>(tunnels),
  };
}

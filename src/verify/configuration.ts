import type { HostList } from "../cluster/host-list.ts";
import { tunnelsOf } from "../cluster/mesh.ts";
import { interfaceType } from "../host/interface-type.ts";
import { BRIDGE, LINUX_BRIDGE } from "../host/names.ts";
import type { Case, Cause } from "./cause.ts";
import type { HostFinding } from "./findings.ts";

/** What a host lacks of what the host list says about its way to a peer; undefined where it lacks nothing. */
function lacking(
  list: HostList,
  digest: string,
  finding: HostFinding,
  peer: HostFinding,
): string | undefined {
  const evidence = finding.after ?? finding.before;
  if (!evidence) return undefined;
  if (evidence.digest === undefined) return "it is not configured";
  if (evidence.digest !== digest) {
    return `it was configured from another host list (${evidence.digest.slice(0, 19)}, not ${digest.slice(0, 19)})`;
  }
  if (evidence.switchError !== undefined) return `Open vSwitch does not answer: ${evidence.switchError}`;
  if (!evidence.hasBridge) return `bridge ${BRIDGE} is missing`;
  if (!evidence.isJoined)
    return `${BRIDGE} is not in ${LINUX_BRIDGE}, so containers do not reach the tunnels`;
  const wanted = tunnelsOf(list, finding.host).find(({ peer: { id } }) => id === peer.host.id);
  if (!wanted) return undefined;
  const tunnel = evidence.tunnels.get(wanted.name);
  if (!tunnel) return `tunnel ${wanted.name} is missing`;
  if (tunnel.error !== undefined) return `tunnel ${wanted.name} is not up: ${tunnel.error}`;
  const type = interfaceType(wanted.type, wanted.remote);
  if (tunnel.type !== type) return `tunnel ${wanted.name} is of type ${tunnel.type}, not ${type}`;
  const { remote_ip: remote, key } = tunnel.options;
  if (remote !== wanted.remote) return `tunnel ${wanted.name} leads to ${remote}, not ${wanted.remote}`;
  if (key !== String(wanted.key)) return `tunnel ${wanted.name} has key ${key}, not ${wanted.key}`;
  if (list.overlay.mtu !== undefined && finding.mtu !== list.overlay.mtu) {
    return `the overlay has MTU ${finding.mtu}, the host list says ${list.overlay.mtu}`;
  }
  return undefined;
}

/** The first of a pair's hosts that is not as the host list says: a cause of whatever is wrong between them. */
export function misconfigured({ list, digest, from, to }: Case): Cause | undefined {
  for (const [finding, peer] of [
    [from, to],
    [to, from],
  ] as const) {
    const lack = lacking(list, digest, finding, peer);
    if (lack === undefined) continue;
    const isDown = (finding.after ?? finding.before)?.switchError !== undefined;
    return {
      cause: `${finding.host.name}: ${lack}`,
      hint: isDown
        ? `overbridge exec ${finding.host.name} -- systemctl status openvswitch-switch`
        : "run overbridge configure",
    };
  }
  return undefined;
}

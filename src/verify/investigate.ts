import { isIPv6 } from "node:net";
import type { HostList } from "../cluster/host-list.ts";
import { overheadOf } from "../cluster/mtu.ts";
import { addFinding, type Pairs } from "./findings.ts";
import type { PairResult } from "./judge.ts";
import { gather, type Member, reasonOf } from "./member.ts";
import { onHost } from "./probe/launch.ts";
import { startProbe } from "./probe/session.ts";

/**
 * Looks for the causes of failed pairs: how far the tunnels' counters came, and what the underlay carries
 * between the hosts, tested from the host itself with packets as large as the tunnel makes them. Adds what it
 * finds to the members' and the pairs' findings.
 */
export async function investigate(
  list: HostList,
  members: readonly Member[],
  pairs: Pairs,
  failed: readonly PairResult[],
): Promise<void> {
  const involved = new Set(failed.flatMap(({ from, to }) => [from, to]));
  await Promise.all(
    members
      .filter(({ host }) => involved.has(host.name))
      .map(async (member) => {
        if (!member.connection) return;
        const peers = members.filter(
          ({ host, connection }) =>
            connection && failed.some(({ from, to }) => from === member.host.name && to === host.name),
        );
        const [after] = await Promise.all([
          gather(member.connection),
          testUnderlay(list, member, peers, pairs),
        ]);
        if (after) member.finding = { ...member.finding, after };
      }),
  );
}

async function testUnderlay(list: HostList, member: Member, peers: readonly Member[], pairs: Pairs) {
  const { connection, host, finding } = member;
  const mtu = list.overlay.mtu ?? finding.mtu;
  if (!connection || mtu === undefined || peers.length === 0) return;
  const size = mtu + overheadOf(list.tunnel.type, isIPv6(host.underlay) ? 6 : 4);
  try {
    const probe = await startProbe(connection, onHost);
    const reached = await probe.reach(
      size,
      peers.map((peer) => peer.host.underlay),
    );
    await probe.end();
    for (const peer of peers) {
      const underlay = reached.get(peer.host.underlay);
      if (underlay) addFinding(pairs, host.name, peer.host.name, { underlay });
    }
  } catch (error) {
    // A cause is then named without it.
    reasonOf(error);
  }
}

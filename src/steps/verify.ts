import pLimit from "p-limit";
import type { Host, HostList } from "../cluster/host-list.ts";
import { Failure } from "../errors.ts";
import type { Connection } from "../ssh/connection.ts";
import { investigate } from "../verify/investigate.ts";
import { judge, type VerifyResult } from "../verify/judge.ts";
import { join, leave, type Member, reasonOf } from "../verify/member.ts";
import { survey } from "../verify/survey.ts";
import type { Context } from "./context.ts";

export type { VerifyResult } from "../verify/judge.ts";

export interface VerifyRequest {
  readonly list: HostList;
  /** Also measure throughput, so many seconds a pair. */
  readonly throughputSeconds?: number | undefined;
}

/** So many hosts are connected to and started on at a time. */
const AT_ONCE = 64;

/**
 * Proves that containers on every pair of hosts reach each other: from a container on each host's overlay
 * network, echoes up to the network's MTU to every other, and broadcasts that must arrive exactly once. Leaves
 * nothing on the hosts but the probe's image of a few bytes.
 *
 * @returns a verdict for every ordered pair, with the likely cause where it failed. A host that cannot be
 *   reached fails its own pairs only.
 * @throws Failure where it was interrupted.
 */
export async function verify(
  request: VerifyRequest,
  context: Context,
  connectHost: (host: Host) => Promise<Connection>,
): Promise<VerifyResult> {
  const limit = pLimit(AT_ONCE);
  const members = await Promise.all(
    request.list.hosts.map((host) =>
      limit(() => join(request.list, host, context.reporter, context.signal, connectHost)),
    ),
  );
  try {
    const result = await examine(request, members, context);
    if (context.signal.aborted) throw new Failure("interrupted", "run it again: verifying changes nothing");
    tell(result, context);
    return result;
  } finally {
    await Promise.all(members.map(leave));
  }
}

/** Tests every pair, and looks again where one failed. */
async function examine(
  { list, throughputSeconds }: VerifyRequest,
  members: readonly Member[],
  { reporter, signal }: Context,
): Promise<VerifyResult> {
  const probes = members.flatMap(({ probe }) => probe ?? []);
  const onPart = (text: string) => {
    for (const { host } of probes) reporter.report({ kind: "doing", host, text });
  };
  const { pairs, lost } = await survey(probes, { throughputSeconds, onPart });
  for (const member of members) {
    if (member.probe && lost.has(member.probe)) {
      member.finding = { ...member.finding, ...reasonOf(lost.get(member.probe)) };
    }
  }
  const verdict = () =>
    judge(
      list,
      members.map(({ finding }) => finding),
      pairs,
    );
  const first = verdict();
  const failed = first.pairs.filter(({ ok }) => !ok);
  if (failed.length === 0 || signal.aborted) return first;
  onPart("looking for the cause");
  await investigate(list, members, pairs, failed);
  return verdict();
}

function tell(result: VerifyResult, { reporter }: Context) {
  for (const { host, reason, digest } of result.hosts) {
    const own = result.pairs.filter(({ from }) => from === host);
    const failed = own.filter(({ ok }) => !ok);
    const isFine = reason === undefined && failed.length === 0;
    const text =
      reason ?? (isFine ? `reaches ${own.length} hosts` : `${failed.length} of ${own.length} pairs failed`);
    reporter.report({ kind: "overall", host, outcome: isFine ? "done" : "failed", text });
    if (isFine && digest !== undefined && digest !== result.digest) {
      reporter.report({
        kind: "warning",
        host,
        text: `was configured from another host list (${digest.slice(0, 19)}, not ${result.digest.slice(0, 19)})`,
        hint: "run overbridge configure",
      });
    }
  }
}

import pLimit from "p-limit";
import type { Host, HostList } from "../cluster/host-list.ts";
import { isStated, messageOf } from "../errors.ts";
import { undoProgram } from "../host/host-program.ts";
import type { Removal } from "../provider/provider.ts";
import { connector } from "./connect.ts";
import type { Context } from "./context.ts";
import { runProgram } from "./run-program.ts";
import type { Store } from "./store.ts";

/** So many hosts at a time. */
const AT_ONCE = 64;

/**
 * Takes overbridge's own things off hosts that will live on.
 *
 * @param hosts those of the list that are to be cleared.
 * @returns what was removed, and what was left and why.
 */
export async function clearHosts(
  list: HostList,
  hosts: readonly Host[],
  inputs: Parameters<typeof connector>[0],
  context: Context,
  store: Store,
): Promise<Removal> {
  const connectHost = await connector(inputs, context, store, {});
  const limit = pLimit(AT_ONCE);
  const removed: string[] = [];
  const left: string[] = [];
  await Promise.all(
    hosts.map((host) =>
      limit(async () => {
        try {
          const connection = await connectHost(host);
          try {
            const { outcome, reason } = await runProgram(connection, undoProgram(list, host), context);
            context.reporter.report({ kind: "overall", host: host.name, outcome, text: reason ?? "" });
            if (outcome === "done") removed.push(`overbridge's bridges, tunnels and network on ${host.name}`);
            else left.push(`${host.name}: ${reason}`);
          } finally {
            connection.close();
          }
        } catch (error) {
          if (!isStated(error)) throw error;
          left.push(`${host.name}: ${messageOf(error)}`);
        }
      }),
    ),
  );
  return { removed, left };
}

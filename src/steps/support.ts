import pLimit from "p-limit";
import type { HostList } from "../cluster/host-list.ts";
import { isStated, messageOf } from "../errors.ts";
import { supportProgram } from "../host/support-program.ts";
import { rootShell } from "../ssh/root.ts";
import type { ConnectHost } from "./configure.ts";
import type { Context } from "./context.ts";

/** So many hosts are asked at a time. */
const AT_ONCE = 16;
/** Milliseconds that all of a host's commands may take together. */
const TIMEOUT_MS = 120_000;

/**
 * Asks every host for all that tells why its part of the network does not work; changes nothing.
 *
 * @returns a text for each host, by name. Where a host cannot be asked, it says why.
 */
export async function support(
  list: HostList,
  context: Context,
  connectHost: ConnectHost,
): Promise<ReadonlyMap<string, string>> {
  const { reporter, signal } = context;
  reporter.report({ kind: "phase", title: "Asking every host what it knows" });
  const limit = pLimit(AT_ONCE);
  const texts = await Promise.all(
    list.hosts.map((host) =>
      limit(async (): Promise<[string, string]> => {
        try {
          const connection = await connectHost(host);
          try {
            const { stdout } = await connection.run(rootShell(host.ssh.user), {
              stdin: supportProgram(list),
              timeoutMs: TIMEOUT_MS,
              signal,
            });
            return [host.name, stdout];
          } finally {
            connection.close();
          }
        } catch (error) {
          if (!isStated(error)) throw error;
          return [host.name, `${messageOf(error)}\n`];
        }
      }),
    ),
  );
  return new Map(texts);
}

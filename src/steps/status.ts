import pLimit from "p-limit";
import { digestOf, type Host, type HostList } from "../cluster/host-list.ts";
import { tunnelsOf } from "../cluster/mesh.ts";
import { isStated, messageOf } from "../errors.ts";
import { parseSaying } from "../host/protocol.ts";
import { statusProgram } from "../host/status-program.ts";
import type { Connection } from "../ssh/connection.ts";
import { rootShell } from "../ssh/root.ts";
import type { ConnectHost } from "./configure.ts";
import type { Context } from "./context.ts";

interface HostStatus {
  readonly host: string;
  readonly reachable: boolean;
  /** Why it could not be asked. */
  readonly reason?: string;
  /** Whether the host was configured from this very host list. */
  readonly current: boolean;
  /** How many of the host's tunnels are there, and how many should be. */
  readonly tunnels: { readonly up: number; readonly wanted: number };
  /** Containers on the overlay. */
  readonly containers: number;
  readonly facts: Readonly<Record<string, string>>;
}

export interface StatusResult {
  /** Every host is reachable, configured from this host list, and has all its tunnels. */
  readonly ok: boolean;
  readonly cluster: string;
  readonly digest: string;
  readonly hosts: readonly HostStatus[];
}

async function hostStatus(
  list: HostList,
  host: Host,
  context: Context,
  connectHost: ConnectHost,
): Promise<HostStatus> {
  const wanted = tunnelsOf(list, host);
  const facts: Record<string, string> = {};
  const ports = new Set<string>();
  let connection: Connection | undefined;
  try {
    connection = await connectHost(host);
    await connection.run(rootShell(host.ssh.user), {
      stdin: statusProgram(list),
      signal: context.signal,
      onLine(line) {
        const saying = parseSaying(line);
        if (saying?.kind !== "fact" || ports.size > wanted.length + 1000) return;
        if (saying.name === "tunnel") ports.add(saying.value);
        else if (Object.keys(facts).length < 20) facts[saying.name] = saying.value;
      },
    });
  } catch (error) {
    if (!isStated(error)) throw error;
    const none = { current: false, tunnels: { up: 0, wanted: wanted.length }, containers: 0, facts };
    return { host: host.name, reachable: false, reason: messageOf(error), ...none };
  } finally {
    connection?.close();
  }
  const { digest, containers, ...rest } = facts;
  return {
    host: host.name,
    reachable: true,
    current: digest === digestOf(list),
    tunnels: { up: wanted.filter(({ name }) => ports.has(name)).length, wanted: wanted.length },
    containers: Number(containers ?? 0),
    facts: rest,
  };
}

/** Asks every host what it is now; changes nothing. */
export async function status(
  list: HostList,
  context: Context,
  connectHost: ConnectHost,
): Promise<StatusResult> {
  const limit = pLimit(64);
  const hosts = await Promise.all(
    list.hosts.map((host) => limit(() => hostStatus(list, host, context, connectHost))),
  );
  const ok = hosts.every(({ current, tunnels }) => current && tunnels.up === tunnels.wanted);
  return { ok, cluster: list.cluster, digest: digestOf(list), hosts };
}

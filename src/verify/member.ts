import { randomBytes } from "node:crypto";
import { isIPv4 } from "node:net";
import type { Host, HostList } from "../cluster/host-list.ts";
import { overlaps } from "../cluster/ipv4.ts";
import { Failure, isStated, messageOf } from "../errors.ts";
import type { Reporter } from "../report/reporter.ts";
import type { Connection } from "../ssh/connection.ts";
import { rootShell } from "../ssh/root.ts";
import { type Evidence, evidenceProgram, readEvidence } from "./evidence.ts";
import type { HostFinding } from "./findings.ts";
import { inContainer } from "./probe/launch.ts";
import { type Probe, startProbe } from "./probe/session.ts";

/** A host that takes part: what is open to it, and what has been found about it. */
export interface Member {
  readonly host: Host;
  readonly connection?: Connection;
  readonly probe?: Probe;
  finding: HostFinding;
}

/** Milliseconds that looking at a host's switch may take: three commands that give up after five seconds each. */
const LOOK = 20_000;
/** Milliseconds a container is given to end before it is left to end by itself. */
const END = 5_000;

/** A failure as part of a finding. What is nobody's failure but a fault of ours is thrown on. */
export function reasonOf(error: unknown): { reason: string; hint?: string } {
  if (!isStated(error)) throw error;
  return { reason: messageOf(error), ...(error.hint ? { hint: error.hint } : {}) };
}

/** What a host says of its part of the mesh; nothing where it does not answer, for that is found out elsewhere. */
export async function gather(connection: Connection): Promise<Evidence | undefined> {
  try {
    const command = rootShell(connection.target.user);
    const { stdout } = await connection.run(command, { stdin: evidenceProgram, timeoutMs: LOOK });
    return readEvidence(stdout);
  } catch (error) {
    reasonOf(error);
    return undefined;
  }
}

async function startOn(connection: Connection, list: HostList, host: Host): Promise<Probe> {
  const { name: network } = list.overlay;
  const probe = await startProbe(connection, inContainer(network, randomBytes(4).toString("hex")));
  if (isIPv4(probe.address) && overlaps(host.subnet, probe.address)) return probe;
  await probe.end();
  throw new Failure(
    `${host.name}: expected Docker network ${network} to give an address of ${host.subnet}, found ${probe.address}`,
    "run overbridge configure",
  );
}

/** Connects to a host, looks at its part of the mesh, and starts its probe. A host that fails is a member too. */
export async function join(
  list: HostList,
  host: Host,
  reporter: Reporter,
  signal: AbortSignal,
  connectHost: (host: Host) => Promise<Connection>,
): Promise<Member> {
  reporter.report({ kind: "doing", host: host.name, text: "starting the probe" });
  let connection: Connection;
  try {
    connection = await connectHost(host);
  } catch (error) {
    return { host, finding: { host, ...reasonOf(error) } };
  }
  // Closing is what ends whatever is under way on it.
  const close = () => connection.close();
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  const [before, started] = await Promise.all([
    gather(connection),
    startOn(connection, list, host).then(
      (probe) => ({ probe }),
      (error) => reasonOf(error),
    ),
  ]);
  const found = { host, ...(before ? { before } : {}) };
  if (!("probe" in started)) return { host, connection, finding: { ...found, ...started } };
  const { probe } = started;
  return { host, connection, probe, finding: { ...found, address: probe.address, mtu: probe.mtu } };
}

/** Ends a member's probe and closes its connection. */
export async function leave({ connection, probe }: Member): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, END);
  });
  // One that was lost has nothing to end.
  await Promise.race([probe?.end().catch(() => {}), late]);
  clearTimeout(timer);
  connection?.close();
}

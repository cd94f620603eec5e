import pLimit from "p-limit";
import { digestOf, type Host, type HostList } from "../cluster/host-list.ts";
import { Failure, isStated, messageOf } from "../errors.ts";
import { hostProgram } from "../host/host-program.ts";
import type { UserProperty } from "../host/properties/user.ts";
import type { PackageSet } from "../ovs/package-set.ts";
import { seconds } from "../report/lines.ts";
import type { Outcome } from "../report/reporter.ts";
import type { Connection } from "../ssh/connection.ts";
import type { Context } from "./context.ts";
import { runProgram } from "./run-program.ts";
import { askSystem, choosePackages, PACKAGE_DIRECTORY, sendPackages } from "./send-packages.ts";

/** Opens the one connection to a host, waiting until it is ready to be worked on. */
export type ConnectHost = (host: Host) => Promise<Connection>;

export interface ConfigureRequest {
  readonly list: HostList;
  /** The hosts to configure; the list is about all of them in any case. */
  readonly hosts: readonly Host[];
  /** `look` changes nothing and says what a run would change. */
  readonly mode: "run" | "look";
  readonly userProperties: readonly UserProperty[];
  /** Sets of packages to install Open vSwitch from; each host gets from the one for its distribution. */
  readonly packageSets?: readonly PackageSet[];
}

export interface PropertyResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly ms: number;
}

export interface HostResult {
  readonly host: string;
  readonly outcome: "done" | "failed";
  /** One line where it failed. */
  readonly reason?: string;
  readonly hint?: string;
  readonly ms: number;
  readonly properties: readonly PropertyResult[];
  /** What the program found: datapath, MTU, versions. */
  readonly facts: Readonly<Record<string, string>>;
}

export interface ConfigureResult {
  readonly ok: boolean;
  readonly cluster: string;
  readonly digest: string;
  /** How many properties were changed (or, when looking, would be), over all hosts. */
  readonly changed: number;
  readonly hosts: readonly HostResult[];
}

/** So many hosts at a time: what a few file descriptors and one CPU's worth of ciphers can keep busy. */
const AT_ONCE = 64;

/** The packages a host is to have. Only a run sends them. */
async function packagesFor(connection: Connection, request: ConfigureRequest, context: Context) {
  if (!request.packageSets) return undefined;
  const system = await askSystem(connection);
  const packages = choosePackages(connection.target.name, request.packageSets, system);
  if (request.mode === "run") await sendPackages(connection, packages, system, context);
  return { directory: PACKAGE_DIRECTORY, packages };
}

async function configureHost(
  request: ConfigureRequest,
  host: Host,
  context: Context,
  connectHost: ConnectHost,
): Promise<HostResult> {
  const began = performance.now();
  const { reporter } = context;
  const done = (rest: Omit<HostResult, "host" | "ms">): HostResult => {
    const ms = Math.round(performance.now() - began);
    const changed = rest.properties.filter(({ outcome }) => outcome !== "ok").length;
    const text =
      rest.reason ?? `${changed} ${request.mode === "look" ? "would change" : "changed"}, ${seconds(ms)}`;
    reporter.report({ kind: "overall", host: host.name, outcome: rest.outcome, text });
    return { host: host.name, ms, ...rest };
  };
  let connection: Connection | undefined;
  try {
    connection = await connectHost(host);
    const packages = await packagesFor(connection, request, context);
    const program = hostProgram(request.list, host, { ...request, ...(packages ? { packages } : {}) });
    const result = await runProgram(connection, program, context);
    if (result.facts.interruption) {
      const text = `its containers were off the overlay for ${result.facts.interruption} ms while Open vSwitch was upgraded`;
      reporter.report({ kind: "note", host: host.name, text });
    }
    return done(result);
  } catch (error) {
    if (!isStated(error)) throw error;
    return done({
      outcome: "failed",
      reason: messageOf(error),
      ...(error.hint ? { hint: error.hint } : {}),
      properties: [],
      facts: {},
    });
  } finally {
    connection?.close();
  }
}

/**
 * Configures hosts from the host list, all side by side, one program and one round trip each. A host that
 * fails does not stop the others.
 *
 * @returns one result per host, in the list's order; `ok` where none failed.
 */
export async function configure(
  request: ConfigureRequest,
  context: Context,
  connectHost: ConnectHost,
): Promise<ConfigureResult> {
  const limit = pLimit(AT_ONCE);
  const hosts = await Promise.all(
    request.hosts.map((host) => limit(() => configureHost(request, host, context, connectHost))),
  );
  if (context.signal.aborted)
    throw new Failure("interrupted", "run it again: what is done already stays done");
  warnOfMtus(hosts, context);
  return {
    ok: hosts.every(({ outcome }) => outcome === "done"),
    cluster: request.list.cluster,
    digest: digestOf(request.list),
    changed: hosts
      .flatMap(({ properties }) => properties)
      .filter(({ outcome }) => outcome === "changed" || outcome === "would").length,
    hosts,
  };
}

/** Hosts with different underlay MTUs make an overlay that loses large packets one way. */
function warnOfMtus(hosts: readonly HostResult[], context: Context) {
  const mtus = new Map(hosts.flatMap(({ host, facts }) => (facts.mtu ? [[host, Number(facts.mtu)]] : [])));
  const smallest = Math.min(...mtus.values());
  const larger = [...mtus].filter(([, mtu]) => mtu !== smallest);
  if (larger.length === 0) return;
  context.reporter.report({
    kind: "warning",
    text: `hosts differ in MTU: ${larger.map(([host, mtu]) => `${host} has ${mtu}`).join(", ")}, others ${smallest}`,
    hint: `provision with --mtu ${smallest}`,
  });
}

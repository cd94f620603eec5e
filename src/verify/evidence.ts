import { z } from "zod";
import { BRIDGE, DIGEST_FILE, LINUX_BRIDGE } from "../host/names.ts";
import { printable } from "./probe/protocol.ts";

/** A tunnel as a host's Open vSwitch has it. */
export interface TunnelEvidence {
  readonly type: string;
  readonly options: Readonly<Record<string, string>>;
  /** Why Open vSwitch could not set it up. */
  readonly error?: string;
  /** Whether what came in by another tunnel is kept from leaving by this one. */
  readonly isProtected: boolean;
  /** Packets since it was made. */
  readonly rx: number;
  readonly tx: number;
}

/** What a host says of its part of the mesh. */
export interface Evidence {
  /** The digest of the host list it was configured from; absent where it was not configured. */
  readonly digest?: string;
  /** What ovs-vsctl complained of, where it could not be asked. */
  readonly switchError?: string;
  readonly hasBridge: boolean;
  /** Whether the bridge's local port is a member of the Linux bridge that containers are on. */
  readonly isJoined: boolean;
  /** Whether a firewall gets to see packets between members of a Linux bridge. */
  readonly filtersBridges: boolean;
  /** By name. */
  readonly tunnels: ReadonlyMap<string, TunnelEvidence>;
}

/**
 * A shell program that prints a host's evidence and changes nothing. Counters are asked of the switch itself:
 * those in its database are some seconds old.
 */
export const evidenceProgram = `
export LC_ALL=C
vsctl() { ovs-vsctl --timeout=5 "$@"; }
echo "digest $(cat ${DIGEST_FILE} 2>/dev/null)"
[ ! -e /sys/class/net/${LINUX_BRIDGE}/brif/${BRIDGE} ] || echo joined
[ "$(cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null)" != 1 ] || echo filters
if said=$(vsctl show 2>&1 >/dev/null); then
  ! vsctl br-exists ${BRIDGE} || echo bridge
  echo "interfaces $(vsctl --format=json --columns=name,type,options,error list Interface)"
  echo "ports $(vsctl --format=json --columns=name,protected list Port)"
  ovs-ofctl --timeout=5 --names dump-ports ${BRIDGE} 2>/dev/null | awk '
    $1 == "port" { name = $2; gsub(/[":]/, "", name); direction = "rx" }
    $1 == "tx" { direction = "tx" }
    match($0, /pkts=[0-9]+/) { print "packets", name, direction, substr($0, RSTART + 5, RLENGTH - 5) }'
else
  echo "switch $(echo "$said" | tail -n 1)"
fi
`;

/** A set with at most one member is that member, a larger one and a map are arrays (RFC 7047, 5.1). */
const table = z.object({ headings: z.array(z.string()), data: z.array(z.array(z.unknown())) });
const map = z.tuple([z.literal("map"), z.array(z.tuple([z.string(), z.string()]))]);
const text = z.string().catch("");

/** The rows of a table that `ovs-vsctl --format=json` printed; none where it is no such table. */
function rowsOf(json: string): Record<string, unknown>[] {
  try {
    const { headings, data } = table.parse(JSON.parse(json));
    return data.map((row) => Object.fromEntries(headings.map((heading, index) => [heading, row[index]])));
  } catch {
    return [];
  }
}

/** Reads what {@link evidenceProgram} printed. Lines that it does not print are left out. */
export function readEvidence(output: string): Evidence {
  const values = new Map<string, string>();
  const packets = new Map<string, number>();
  for (const line of output.split("\n")) {
    const counter = /^packets (\S{1,15}) (rx|tx) (\d{1,15})$/.exec(line);
    if (counter) packets.set(`${counter[1]} ${counter[2]}`, Number(counter[3]));
    const [, key, value] = /^(\w+) ?(.*)$/.exec(line) ?? [];
    if (key) values.set(key, value ?? "");
  }
  const guarded = new Set(
    rowsOf(values.get("ports") ?? "")
      .filter((row) => row.protected === true)
      .map(({ name }) => text.parse(name)),
  );
  const tunnels = rowsOf(values.get("interfaces") ?? "").map((row) => {
    const name = text.parse(row.name);
    const error = printable(text.parse(row.error));
    const options = map.safeParse(row.options);
    const tunnel: TunnelEvidence = {
      type: printable(text.parse(row.type)),
      options: options.success
        ? Object.fromEntries(options.data[1].map(([key, value]) => [key, printable(value)]))
        : {},
      ...(error ? { error } : {}),
      isProtected: guarded.has(name),
      rx: packets.get(`${name} rx`) ?? 0,
      tx: packets.get(`${name} tx`) ?? 0,
    };
    return [name, tunnel] as const;
  });
  const digest = values.get("digest")?.match(/^sha256:[0-9a-f]{64}$/)?.[0];
  const switchError = printable(values.get("switch") ?? "");
  return {
    ...(digest ? { digest } : {}),
    ...(switchError ? { switchError } : {}),
    hasBridge: values.has("bridge"),
    isJoined: values.has("joined"),
    filtersBridges: values.has("filters"),
    tunnels: new Map(tunnels),
  };
}

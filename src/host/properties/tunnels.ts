import type { TunnelEnd } from "../../cluster/mesh.ts";
import { INTERFACE_TYPES, interfaceType } from "../interface-type.ts";
import { BRIDGE } from "../names.ts";
import type { Property } from "../property.ts";
import { printing, quote } from "../shell.ts";

/**
 * Open vSwitch's options of a tunnel, by key as it lists them. Checksums on UDP tunnels let the receiving
 * NIC's verdict on the outer packet stand for the inner one, which is faster than going without.
 */
function optionsOf(tunnel: TunnelEnd): [string, string][] {
  const options: [string, string][] = [
    ["key", String(tunnel.key)],
    ["local_ip", tunnel.local],
    ["remote_ip", tunnel.remote],
  ];
  return tunnel.type === "gre" ? options : [["csum", "true"], ...options];
}

/** The line `tunnels_now` prints for a tunnel that is as it should be. */
function lineOf(tunnel: TunnelEnd): string {
  const options = optionsOf(tunnel).map(([key, value]) => `${key}=${value}`);
  return `${tunnel.name},${interfaceType(tunnel.type, tunnel.remote)},${options.join(" ")},true`;
}

/** Clauses of one ovs-vsctl transaction. A map set as a whole loses the options it should not have. */
function clausesOf(tunnel: TunnelEnd): string {
  const options = optionsOf(tunnel).map(([key, value]) => `${key}="${value}"`);
  return [
    `-- --may-exist add-port ${BRIDGE} ${tunnel.name}`,
    `-- set Interface ${tunnel.name} type=${interfaceType(tunnel.type, tunnel.remote)} ${quote(`options={${options.join(",")}}`)}`,
    `-- set Port ${tunnel.name} protected=true`,
  ].join(" ");
}

/**
 * The bridge has exactly these tunnels, changed in one transaction: other hosts never see a part of it.
 *
 * Every tunnel port is `protected`: what came in by one never leaves by another, and so a full mesh of
 * bridges has no loop and needs no spanning tree (split horizon).
 */
export function tunnelsExactly(tunnels: readonly TunnelEnd[]): Property {
  const wanted = tunnels.map(lineOf).toSorted();
  const read = `
ovs() { ovs-vsctl --timeout=30 --format=csv --data=bare --no-headings "$@"; }
tunnels_now() {
  ovs-vsctl --timeout=30 list-ports ${BRIDGE} >"$work/ports"
  ovs --columns=name,protected list Port >"$work/protected"
  ovs --columns=name,type,options list Interface >"$work/interfaces"
  awk -F, -v OFS=, '
    FILENAME ~ /ports$/ { member[$1] = 1; next }
    FILENAME ~ /protected$/ { guarded[$1] = $2; next }
    member[$1] && $2 ~ /${INTERFACE_TYPES}/ { print $0, guarded[$1] }
  ' "$work/ports" "$work/protected" "$work/interfaces" | sort
}`;
  return {
    name: "tunnels to every other host",
    look: `${read}
tunnels_wanted() { ${printing(`${wanted.join("\n")}\n`)}
}
[ "$(tunnels_now)" = "$(tunnels_wanted)" ]`,
    change: `${read}
set --
for port in $(tunnels_now | cut -d, -f1); do
  case " ${tunnels.map(({ name }) => name).join(" ")} " in
    *" $port "*) ;;
    *) set -- "$@" -- --if-exists del-port ${BRIDGE} "$port" ;;
  esac
done
ovs-vsctl --timeout=60 "$@" ${[`-- --may-exist add-br ${BRIDGE}`, ...tunnels.map(clausesOf)].join(" \\\n  ")}`,
  };
}

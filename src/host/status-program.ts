import type { HostList } from "../cluster/host-list.ts";
import { INTERFACE_TYPES } from "./interface-type.ts";
import { BRIDGE, DIGEST_FILE } from "./names.ts";
import { prelude } from "./prelude.ts";
import { quote } from "./shell.ts";

/**
 * A program that tells what a host is now, in facts, and changes nothing: the digest of its host list, its
 * tunnels' names where Open vSwitch has made them without an error, versions, containers on the overlay.
 */
export function statusProgram(list: HostList): string {
  return `main() {
${prelude}
say fact digest "$(head -c 100 ${DIGEST_FILE} 2>/dev/null)"
say fact datapath "$(ovs-vsctl --timeout=10 --if-exists get Bridge ${BRIDGE} datapath_type 2>/dev/null)"
say fact openvswitch "$(ovs-vswitchd --version 2>/dev/null | awk '{ print $NF; exit }')"
say fact docker "$(docker version --format '{{.Server.Version}}' 2>/dev/null)"
say fact containers "$(docker ps --quiet --filter network=${quote(list.overlay.name)} 2>/dev/null | wc -l)"
ovs-vsctl --timeout=10 --format=csv --data=bare --no-headings --columns=name,ofport,error,type list Interface 2>/dev/null |
  awk -F, '$2 > 0 && $3 == "" && $4 ~ /${INTERFACE_TYPES}/ { print $1 }' | while read -r name; do say fact tunnel "$name"; done
}
main
`;
}

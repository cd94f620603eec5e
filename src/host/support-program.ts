import type { HostList } from "../cluster/host-list.ts";
import { BRIDGE, CONFIG_DIR } from "./names.ts";
import { quote } from "./shell.ts";

/** Most bytes that one command's output takes of a bundle; a host with many flows has megabytes of them. */
const MOST_BYTES = 200_000;

/**
 * A program that prints what a person needs to see why a host's part of the network does not work, under a
 * heading for each command. It changes nothing, goes on where a command fails, and shows no secret.
 */
export function supportProgram(list: HostList): string {
  return `main() {
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# A tunnel's pre-shared key is an option like any other in Open vSwitch's database.
show() {
  printf '\\n### %s\\n' "$*"
  timeout 20 "$@" 2>&1 </dev/null | sed 's/psk="\\{0,1\\}[^",}]*/psk=(hidden)/g' | head -c ${MOST_BYTES}
}
show uname -a
show cat /etc/os-release
show head -c 2000 ${CONFIG_DIR}/cluster ${CONFIG_DIR}/digest ${CONFIG_DIR}/settings
show ovs-vsctl --timeout=10 show
show ovs-ofctl --timeout=10 dump-flows ${BRIDGE}
show ovs-ofctl --timeout=10 dump-ports ${BRIDGE}
show ovs-appctl --timeout=10 fdb/show ${BRIDGE}
show ovs-appctl --timeout=10 dpif/show
show ip -details address
show ip route show table all
show ip -details link
show ip neighbour
show docker network ls
show docker network inspect ${quote(list.overlay.name)}
# Not what containers were started with: that may be somebody's secret.
show docker ps --all --format 'table {{.ID}}\\t{{.Image}}\\t{{.Status}}\\t{{.Networks}}\\t{{.Names}}'
show systemctl --no-pager --full status 'overbridge*' openvswitch-switch ovs-vswitchd docker
show journalctl --no-pager --lines 500 --unit 'overbridge*' --unit openvswitch-switch --unit ovs-vswitchd --unit ovsdb-server --unit docker
show dmesg --level=emerg,alert,crit,err,warn
}
main
`;
}

import { BRIDGE, LINUX_BRIDGE, SETTINGS_FILE } from "../names.ts";

/**
 * Makes the Linux bridge that Docker puts containers on and joins the Open vSwitch bridge to it by its local
 * port. Docker takes an existing bridge as it is where its address equals the network's gateway, prefix
 * included, and leaves it alone when the network is removed.
 *
 * The hardware address is fixed: a bridge otherwise takes the lowest of its members', and so changes it when
 * a container comes or goes. Multicast snooping is off, for without a querier it is guesswork.
 */
export const linuxBridgeScript = `#!/bin/sh
# The Linux bridge of overbridge's Docker network. Usage: linux-bridge up | down | check
set -eu
. ${SETTINGS_FILE}

sys=/sys/class/net/${LINUX_BRIDGE}

# The cloud's metadata, where a machine's user-data and credentials can be read, is none of a container's. Docker's
# own bridge is none of ours, and closed only where that user-data has a private key in it.
guarded() {
  echo ${LINUX_BRIDGE}
  ! grep -qs ed25519_private /var/lib/cloud/instance/user-data.txt || echo docker0
}

# Usage: guard --check | --append | --delete BRIDGE
guard() {
  iptables --wait 10 --table raw "$1" PREROUTING \\
    --in-interface "$2" --destination 169.254.169.254/32 --jump DROP 2>/dev/null
}

addresses() { ip -o -4 addr show dev ${LINUX_BRIDGE} | awk '{ print $4 }'; }

check() {
  [ -d $sys/bridge ] &&
    [ "$(cat $sys/address)" = "$MAC" ] &&
    [ "$(cat $sys/mtu)" = "$MTU" ] &&
    [ "$(cat /sys/class/net/${BRIDGE}/mtu)" = "$MTU" ] &&
    [ "$(addresses)" = "$GATEWAY" ] &&
    [ -e $sys/brif/${BRIDGE} ] &&
    ip -o link show up dev ${LINUX_BRIDGE} | grep -q . &&
    ip -o link show up dev ${BRIDGE} | grep -q . &&
    for bridge in $(guarded); do guard --check $bridge || return 1; done
}

up() {
  # Without --no-wait this returns when the switch has made its local port.
  ovs-vsctl --timeout=60 set Interface ${BRIDGE} mtu_request="$MTU"
  [ -d $sys ] || ip link add ${LINUX_BRIDGE} address "$MAC" type bridge
  ip link set ${LINUX_BRIDGE} address "$MAC" type bridge stp_state 0 forward_delay 0 mcast_snooping 0
  ip link set ${BRIDGE} master ${LINUX_BRIDGE} up
  ip link set ${LINUX_BRIDGE} mtu "$MTU" up
  if [ "$(addresses)" != "$GATEWAY" ]; then
    ip -4 addr flush dev ${LINUX_BRIDGE}
    ip addr add "$GATEWAY" brd + dev ${LINUX_BRIDGE}
  fi
  for bridge in $(guarded); do guard --check $bridge || guard --append $bridge; done
}

down() {
  for bridge in ${LINUX_BRIDGE} docker0; do
    while guard --delete $bridge; do :; done
  done
  ip link delete ${LINUX_BRIDGE}
}

"$1"
`;

export const linuxBridgeUnit = (path: string) => `[Unit]
Description=overbridge: the bridge of its Docker network
After=ovs-vswitchd.service overbridge-underlay.service
# Open vSwitch makes its local port anew when it starts, outside the bridge.
PartOf=ovs-vswitchd.service
Before=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${path} up

[Install]
WantedBy=multi-user.target ovs-vswitchd.service
`;

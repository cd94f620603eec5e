import { NETWORKD_FILE, NETWORKD_RUN_FILE, SETTINGS_FILE, UNDERLAY_BRIDGE } from "../names.ts";
import { interfaceKept } from "./underlay-interface.ts";
import { moving } from "./underlay-moving.ts";
import { witnesses } from "./underlay-witnesses.ts";

/**
 * Moves the underlay interface's addresses and routes to a bridge that has the interface as its port, and
 * back. Open vSwitch's userspace datapath sends tunnel packets itself, so the interface they leave by must
 * be one of its own (Open vSwitch's "Userspace tunneling" how-to).
 *
 * Both devices carry the interface's hardware address, so neighbours and a running SSH session notice
 * nothing. The move is one `ip -batch` of a few milliseconds; the way back is written down before it. It
 * counts only when the gateway (or, without one, a neighbour that was there before) answers through the bridge
 * within ten seconds; else all goes back.
 *
 * Offloads go off on the interface: what it merges or leaves to the NIC, packet sockets show unfinished.
 */
export const underlayScript = `#!/bin/sh
# The underlay interface inside Open vSwitch. Usage: underlay up | down | check
set -eu
. ${SETTINGS_FILE}

bridge=${UNDERLAY_BRIDGE}
state=/run/overbridge-underlay

fail() { printf '%s\\n' "$*" >&2; exit 1; }

has_address() { ip -o addr show dev "$1" to "$UNDERLAY" 2>/dev/null | grep -q .; }

# At boot whoever configures the network may be at work still.
await_address() {
  tries=150
  until has_address "$UNDERLAY_INTERFACE"; do
    [ $tries -gt 0 ] || return 1
    tries=$((tries - 1))
    sleep 0.2
  done
}

check() {
  has_address $bridge && ! has_address "$UNDERLAY_INTERFACE" &&
    ovs-vsctl --timeout=10 list-ports $bridge | grep -qxF "$UNDERLAY_INTERFACE"
}

${witnesses}
${moving}
${interfaceKept}
# The bridge goes with a switch that crashes, and so would the addresses; a move that was killed halfway has
# them nowhere either. They were written down before.
restore_lost() {
  if [ -e $state/back ] && ! has_address "$UNDERLAY_INTERFACE" && ! has_address $bridge; then
    ip -force -batch $state/back || :
  fi
}

down() {
  mkdir -p $state
  offloads_on
  if has_address $bridge; then move $bridge "$UNDERLAY_INTERFACE"; else restore_lost; fi
  if [ -e ${NETWORKD_RUN_FILE} ]; then
    rm -f ${NETWORKD_RUN_FILE}
    reload_networkd
  fi
  # The switch may be the very thing that is down.
  ovs-vsctl --timeout=10 --no-wait --if-exists del-br $bridge
  rm -rf $state
}

reload_networkd() { ! systemctl is-active --quiet systemd-networkd || networkctl reload || :; }

# Usage: unmanaged INTERFACE FILE
unmanaged() {
  [ -d /etc/systemd/network ] || return 0
  mkdir -p "$(dirname "$2")"
  printf '[Match]\\nName=%s\\n\\n[Link]\\nUnmanaged=yes\\n' "$1" >"$2"
  reload_networkd
}

up() {
  restore_lost
  if check; then exit 0; fi
  await_address || fail "$UNDERLAY_INTERFACE does not have the underlay address $UNDERLAY"
  why=$(immovable "$UNDERLAY_INTERFACE")
  [ -z "$why" ] || fail "$UNDERLAY_INTERFACE $why"
  witnesses=$(witnesses "$UNDERLAY_INTERFACE")
  mkdir -p $state
  offloads_off
  # networkd often knows an interface by its hardware address, which the bridge is about to have too.
  unmanaged $bridge ${NETWORKD_FILE}
  ovs-vsctl --timeout=30 -- --may-exist add-br $bridge \\
    -- set Bridge $bridge datapath_type=netdev fail_mode=standalone \\
      "other_config:hwaddr=\\"$(cat "/sys/class/net/$UNDERLAY_INTERFACE/address")\\"" \\
    -- --may-exist add-port $bridge "$UNDERLAY_INTERFACE" \\
    -- set Interface $bridge "mtu_request=$(cat "/sys/class/net/$UNDERLAY_INTERFACE/mtu")"
  # A new device has the host's default, which is not always what the interface has.
  if [ -e /proc/sys/net/ipv6 ]; then
    cat "/proc/sys/net/ipv6/conf/$UNDERLAY_INTERFACE/disable_ipv6" >/proc/sys/net/ipv6/conf/$bridge/disable_ipv6
  fi
  plan "$UNDERLAY_INTERFACE" "$UNDERLAY_INTERFACE" >$state/back.new
  mv $state/back.new $state/back
  problem=
  if ! move "$UNDERLAY_INTERFACE" $bridge; then
    problem="addresses and routes cannot move to $bridge"
  elif ! any_answers "$witnesses" $bridge; then
    problem="no answer from $(echo $witnesses) through $bridge"
  fi
  if [ -n "$problem" ]; then
    # What has come to the bridge may be a part only: all goes back as it was written down.
    ip addr flush dev $bridge || :
    down
    fail "$problem: the underlay is as it was"
  fi
  move_dns "$UNDERLAY_INTERFACE" $bridge || :
  # It configures the interface at boot, and anew at any restart of its own: not as long as the addresses are away.
  # Not before they are, for it may drop those of an interface that it lets go of.
  unmanaged "$UNDERLAY_INTERFACE" ${NETWORKD_RUN_FILE}
}

"$1"
`;

export const underlayUnit = (path: string) => `[Unit]
Description=overbridge: the underlay interface inside Open vSwitch
After=ovs-vswitchd.service networking.service systemd-networkd.service
# Which would wait for ever for an interface whose addresses are gone.
After=systemd-networkd-wait-online.service
# The bridge and its addresses go when Open vSwitch stops: give them back before, take them again after.
PartOf=ovs-vswitchd.service
Before=network-online.target docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${path} up
# Also where the start was killed halfway: the addresses must not stay nowhere.
ExecStopPost=${path} down

[Install]
WantedBy=multi-user.target ovs-vswitchd.service
`;

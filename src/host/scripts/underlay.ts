import { NETWORKD_FILE, SETTINGS_FILE, UNDERLAY_BRIDGE } from "../names.ts";

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

# What must answer after the move: gateways where there are any, else the neighbours known by now.
witnesses() {
  gateways=$(for family in -4 -6; do ip $family route show default dev "$1"; done | sed -n 's/.* via \\([^ ]*\\).*/\\1/p')
  if [ -n "$gateways" ]; then
    echo "$gateways"
  else
    ip neigh show dev "$1" | awk '/lladdr/ && !/FAILED/ { print $1 }'
  fi
}

# A datagram to the discard port makes the kernel ask for the neighbour's hardware address.
solicit() {
  case $1 in fe80:*) set -- "$1%$2" ;; esac
  perl -MSocket=getaddrinfo,AI_NUMERICHOST,SOCK_DGRAM -e '
    my ($error, $to) = getaddrinfo(shift, 9, { flags => AI_NUMERICHOST, socktype => SOCK_DGRAM });
    die $error if $error;
    socket(my $socket, $to->{family}, SOCK_DGRAM, 0) && send($socket, "", 0, $to->{addr})' "$1"
}

answers() {
  ip neigh show to "$1" dev "$2" | grep -E 'lladdr.*(REACHABLE|STALE|DELAY|PROBE)' >/dev/null
}

any_answers() {
  [ -n "$1" ] || return 0
  tries=50
  while [ $tries -gt 0 ]; do
    for witness in $1; do
      solicit "$witness" "$2" || :
      if answers "$witness" "$2"; then return 0; fi
    done
    tries=$((tries - 1))
    sleep 0.2
  done
  return 1
}

# Writes down as one batch what moves addresses and routes from device $1 to device $2.
plan() {
  echo "addr flush dev $1"
  echo "link set $2 up"
  ip -o addr show dev "$1" | awk -v dev="$2" '{
    line = "addr replace " $4
    for (i = 5; i < NF; i++) if ($i == "brd" || $i == "scope") line = line " " $i " " $(i + 1)
    if ($3 == "inet6") line = line " nodad"
    print line " dev " dev
  }'
  # Link routes before those that go via a gateway on them.
  for family in -4 -6; do
    for via in -v -e; do
      ip $family route show dev "$1" | grep -v -e 'proto kernel' -e '^fe80::' -e '^multicast' |
        grep $via ' via ' |
        sed -e 's/ linkdown//' -e 's/ expires [0-9]*sec//' -e "s/^/route replace /" -e "s/\\$/ dev $2/" || :
    done
  done
}

move() {
  plan "$1" "$2" >$state/batch
  ip -batch $state/batch
}

# The bridge goes with a switch that crashes, and so would the addresses; a move that was killed halfway has
# them nowhere either. They were written down before.
restore_lost() {
  if [ -e $state/back ] && ! has_address "$UNDERLAY_INTERFACE" && ! has_address $bridge; then
    ip -force -batch $state/back || :
  fi
}

down() {
  mkdir -p $state
  if has_address $bridge; then move $bridge "$UNDERLAY_INTERFACE"; else restore_lost; fi
  # The switch may be the very thing that is down.
  ovs-vsctl --timeout=10 --no-wait --if-exists del-br $bridge
  rm -rf $state
}

# networkd often knows an interface by its hardware address, which the bridge has too.
keep_networkd_off() {
  [ -d "$(dirname ${NETWORKD_FILE})" ] || return 0
  printf '[Match]\\nName=%s\\n\\n[Link]\\nUnmanaged=yes\\n' $bridge >${NETWORKD_FILE}
  ! systemctl is-active --quiet systemd-networkd || networkctl reload || :
}

up() {
  restore_lost
  if check; then exit 0; fi
  await_address || fail "$UNDERLAY_INTERFACE does not have the underlay address $UNDERLAY"
  if ip -o addr show dev "$UNDERLAY_INTERFACE" dynamic | grep -q .; then
    fail "$UNDERLAY_INTERFACE has its address from DHCP, which would be lost in a bridge: give it a fixed one"
  fi
  witnesses=$(witnesses "$UNDERLAY_INTERFACE")
  if command -v ethtool >/dev/null; then
    for offload in tx gro lro tso gso; do ethtool -K "$UNDERLAY_INTERFACE" $offload off >/dev/null 2>&1 || :; done
  fi
  keep_networkd_off
  ovs-vsctl --timeout=30 -- --may-exist add-br $bridge \\
    -- set Bridge $bridge datapath_type=netdev fail_mode=standalone \\
      "other_config:hwaddr=\\"$(cat "/sys/class/net/$UNDERLAY_INTERFACE/address")\\"" \\
    -- --may-exist add-port $bridge "$UNDERLAY_INTERFACE" \\
    -- set Interface $bridge "mtu_request=$(cat "/sys/class/net/$UNDERLAY_INTERFACE/mtu")"
  # A new device has the host's default, which is not always what the interface has.
  if [ -e /proc/sys/net/ipv6 ]; then
    cat "/proc/sys/net/ipv6/conf/$UNDERLAY_INTERFACE/disable_ipv6" >/proc/sys/net/ipv6/conf/$bridge/disable_ipv6
  fi
  mkdir -p $state
  plan "$UNDERLAY_INTERFACE" "$UNDERLAY_INTERFACE" >$state/back.new
  mv $state/back.new $state/back
  problem=
  if ! move "$UNDERLAY_INTERFACE" $bridge; then
    problem="addresses and routes cannot move to $bridge"
  elif ! any_answers "$witnesses" $bridge; then
    problem="no answer from $(echo $witnesses) through $bridge"
  fi
  if [ -n "$problem" ]; then
    down
    fail "$problem: the underlay is as it was"
  fi
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

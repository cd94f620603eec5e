import { NETWORKD_FILE, NETWORKD_RUN_FILE, SETTINGS_FILE, UNDERLAY_BRIDGE } from "../names.ts";

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
 * Offloads go off on the interface: what it merges or leaves to the NIC, packet sockets show unfinished. And the
 * kernel must take no packet from there itself, or it has each twice: a device without an address takes none by
 * IPv4 where the reverse path is looked at, and none by IPv6 where that is off. All of it is put back by the way
 * back.
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

# Why the interface cannot be moved without losing something; nothing where it can. Its last address takes with
# it the routes of every table, and only those of the main one that leave by it alone are written down.
immovable() {
  if ip -o addr show dev "$1" dynamic | grep -q .; then
    echo "has an address by DHCP or router advertisement, which would not be renewed in a bridge: give it a fixed one"
  elif ip -o addr show dev "$1" | grep -q ' peer '; then
    echo "has a point-to-point address, which a bridge cannot have"
  else
    for family in -4 -6; do
      ip $family route show table all | awk -v dev="$1" '
        { for (i = 1; i < NF; i++) if ($i == "dev" && $(i + 1) == dev) mine = 1 }
        mine && (/ table / && !/ table (local|main)( |$)/ || /nexthop / || / nhid /) {
          gsub(/^[ \\t]+|[ \\t]+$/, ""); print "has a route that would be lost, \\"" $0 "\\""; exit
        }
        { mine = 0 }'
    done | head -n 1
  fi
}

# Offloads by their short names, and as ethtool --show-offload has them.
offloads='tx tx-checksumming
gro generic-receive-offload
lro large-receive-offload
tso tcp-segmentation-offload
gso generic-segmentation-offload'

# What of the interface is about to change, unless a move that was not undone has changed it already.
note_interface() {
  [ ! -e $state/interface ] || return 0
  {
    for knob in ipv4/conf/"$UNDERLAY_INTERFACE"/rp_filter ipv6/conf/"$UNDERLAY_INTERFACE"/disable_ipv6; do
      [ ! -e /proc/sys/net/$knob ] || echo "knob $knob $(cat /proc/sys/net/$knob)"
    done
    if command -v ethtool >/dev/null; then
      shown=$(ethtool -k "$UNDERLAY_INTERFACE" 2>/dev/null || :)
      echo "$offloads" | while read -r offload name; do
        ! echo "$shown" | grep -q "^$name: on$" || echo "offload $offload"
      done
    fi
  } >$state/interface.new
  mv $state/interface.new $state/interface
}

restore_interface() {
  [ -e $state/interface ] || return 0
  while read -r what name value; do
    case $what in
      knob) echo "$value" >/proc/sys/net/"$name" || : ;;
      offload) ethtool -K "$UNDERLAY_INTERFACE" "$name" on >/dev/null 2>&1 || : ;;
    esac
  done <$state/interface
}

# From here on the kernel leaves what comes in there to Open vSwitch.
silence_interface() {
  conf=/proc/sys/net/ipv4/conf/"$UNDERLAY_INTERFACE"/rp_filter
  [ "$(cat "$conf")" != 0 ] || echo 2 >"$conf"
  conf=/proc/sys/net/ipv6/conf/"$UNDERLAY_INTERFACE"/disable_ipv6
  [ ! -e "$conf" ] || echo 1 >"$conf"
}

# What resolved has for an interface, without the interface's name in front. Usage: asked dns|domain INTERFACE
asked() {
  shown=$(timeout 5 resolvectl "$1" "$2") || return 1
  echo "$shown" | sed 's/^Link [0-9]* ([^)]*): *//'
}

# Name servers belong to an interface, and one without an address is asked nothing.
move_dns() {
  systemctl is-active --quiet systemd-resolved || return 0
  servers=$(asked dns "$1") && [ -n "$servers" ] || return 0
  domains=$(asked domain "$1") || return 0
  timeout 5 resolvectl dns "$2" $servers || return 0
  [ -z "$domains" ] || timeout 5 resolvectl domain "$2" $domains
  timeout 5 resolvectl default-route "$2" yes
}

# The bridge goes with a switch that crashes, and so would the addresses; a move that was killed halfway has
# them nowhere either. They were written down before.
restore_lost() {
  if [ -e $state/back ] && ! has_address "$UNDERLAY_INTERFACE" && ! has_address $bridge; then
    restore_interface
    ip -force -batch $state/back || :
  fi
}

down() {
  mkdir -p $state
  restore_interface
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
  note_interface
  if command -v ethtool >/dev/null; then
    echo "$offloads" | while read -r offload _; do ethtool -K "$UNDERLAY_INTERFACE" $offload off >/dev/null 2>&1 || :; done
  fi
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
  silence_interface
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

/**
 * What else is the interface's while its addresses are in the bridge: offloads and knobs, put back afterwards, and
 * the name servers that are asked through it. Functions of the underlay script.
 */
export const interfaceKept = `# Offloads by their short names, and as ethtool --show-offload has them.
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
`;

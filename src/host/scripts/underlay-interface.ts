/**
 * What else is the interface's while its addresses are in the bridge: offloads, put back afterwards, and the name
 * servers that are asked through it. Functions of the underlay script.
 *
 * The kernel goes on taking packets from the interface, besides Open vSwitch, so a ping between hosts may be answered
 * twice. It has to: what comes from a machine on the same hypervisor has no checksum of its own, which the kernel
 * knows of a packet that it takes there, and not of one that Open vSwitch hands it; TCP would stall.
 */
export const interfaceKept = `# Offloads by their short names, and as ethtool --show-offload has them.
offloads='tx tx-checksumming
gro generic-receive-offload
lro large-receive-offload
tso tcp-segmentation-offload
gso generic-segmentation-offload'

# Those that are on are written down, unless a move that was not undone has turned them off already.
offloads_off() {
  command -v ethtool >/dev/null || return 0
  if [ ! -e $state/offloads ]; then
    shown=$(ethtool -k "$UNDERLAY_INTERFACE" 2>/dev/null || :)
    echo "$offloads" | while read -r offload name; do
      ! echo "$shown" | grep -q "^$name: on\\$" || echo "$offload"
    done >$state/offloads.new
    mv $state/offloads.new $state/offloads
  fi
  while read -r offload; do
    ethtool -K "$UNDERLAY_INTERFACE" "$offload" off >/dev/null 2>&1 || :
  done <$state/offloads
}

offloads_on() {
  [ -e $state/offloads ] || return 0
  while read -r offload; do
    ethtool -K "$UNDERLAY_INTERFACE" "$offload" on >/dev/null 2>&1 || :
  done <$state/offloads
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

/**
 * Moves addresses and routes from one device to another, and says beforehand what that would lose. Functions of the
 * underlay script.
 */
export const moving = `# Writes down as one batch what moves addresses and routes from device $1 to device $2.
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
`;

/**
 * Who must answer through the bridge, or the underlay goes back: gateways, else neighbours that were there before.
 * Functions of the underlay script.
 */
export const witnesses = `# What must answer after the move: gateways where there are any, else the neighbours known by now.
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
`;

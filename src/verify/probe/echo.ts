/** Perl: ICMP echoes to many addresses at once, their round trips and the largest packet that is answered. */
export const echo = String.raw`use constant { IP_MTU_DISCOVER => 10, IPV6_MTU_DISCOVER => 23, PMTUDISC_PROBE => 3 };   # linux/in.h, linux/in6.h
use constant SMALL => 100;    # bytes of an echo that fits everywhere
use constant BATCH => 32;     # echoes on their way at once, which any queue on the path can hold

my %family = (
  4 => { domain => PF_INET, protocol => 1, header => 28, request => 8, reply => 0,
         whole => [IPPROTO_IP, IP_MTU_DISCOVER] },
  6 => { domain => PF_INET6, protocol => 58, header => 48, request => 128, reply => 129,
         whole => [IPPROTO_IPV6, IPV6_MTU_DISCOVER] },
);

sub version { return $_[0] =~ /:/ ? 6 : 4 }

sub bytes_of {
  my ($address) = @_;
  return inet_pton($family{version($address)}{domain}, $address) // die "no address: $address\n";
}

# PMTUDISC_PROBE: packets are never cut up, and go out whatever routers have said about the path before.
sub echo_socket {
  my ($family) = @_;
  return $family->{socket} //= do {
    socket(my $socket, $family->{domain}, SOCK_RAW, $family->{protocol}) or die "raw socket: $!\n";
    setsockopt($socket, $family->{whole}[0], $family->{whole}[1], PMTUDISC_PROBE) or die "whole packets: $!\n";
    $socket;
  };
}

sub checksum {
  my ($bytes) = @_;
  my $sum = unpack "%32n*", length($bytes) % 2 ? "$bytes\0" : $bytes;
  $sum = ($sum & 0xffff) + ($sum >> 16) for 1, 2;
  return ~$sum & 0xffff;
}

my ($identifier, $sequence) = (int rand 65536, 0);

# Sends an echo request in an IP packet of this size; false where it is too large for the interface.
sub send_echo {
  my ($address, $size) = @_;
  my $version = version($address);
  my $family = $family{$version};
  my $echo = pack "C C n n n a*", $family->{request}, 0, 0, $identifier, $sequence, "o" x ($size - $family->{header});
  # For ICMPv6 the kernel does it.
  substr($echo, 2, 2) = pack "n", checksum($echo) if $version == 4;
  my $to = $version == 4 ? pack_sockaddr_in(0, bytes_of($address)) : pack_sockaddr_in6(0, bytes_of($address));
  return defined send echo_socket($family), $echo, 0, $to;
}

# Takes the replies that are there: moves what they answer from the pending echoes to the seconds it took.
sub take_replies {
  my ($pending, $took) = @_;
  for my $version (4, 6) {
    my $family = $family{$version};
    my $socket = $family->{socket} or next;
    while (defined(my $from = recv $socket, my $packet, 65535, MSG_DONTWAIT)) {
      my $now = now();
      substr($packet, 0, 4 * (ord($packet) & 15)) = "" if $version == 4;
      next if length $packet < 8;
      my ($type, $code, $whose, $which) = unpack "C C x2 n n", $packet;
      next if $type != $family->{reply} || $whose != $identifier;
      my $echo = $pending->{$which} or next;
      my (undef, $sender) = $version == 4 ? unpack_sockaddr_in($from) : unpack_sockaddr_in6($from);
      next if $sender ne bytes_of($echo->{address});
      $took->{$echo->{address}} = $now - $echo->{sent};
      delete $pending->{$which};
    }
  }
}

# One echo to each address, of its size; the seconds it took, by address, for those that answered.
sub echo_each {
  my ($size, $wait) = @_;
  my %took;
  my @addresses = sort keys %$size;
  while (my @batch = splice @addresses, 0, BATCH) {
    my %pending;
    for my $address (@batch) {
      $sequence = ($sequence + 1) & 0xffff;
      $pending{$sequence} = { address => $address, sent => now() };
      delete $pending{$sequence} if !send_echo($address, $size->{$address});
      take_replies(\%pending, \%took);
    }
    my $until = now() + $wait;
    while (%pending and (my $left = $until - now()) > 0) {
      take_replies(\%pending, \%took) if readable($left, grep { $_ } map { $_->{socket} } values %family);
    }
  }
  return \%took;
}

# Tries several times, for one packet lost is no verdict.
sub echo_until_answered {
  my ($tries, $size, $wait) = @_;
  my %took;
  for (1 .. $tries) {
    my %left = map { $_ => $size->{$_} } grep { !exists $took{$_} } keys %$size or last;
    %took = (%took, %{ echo_each(\%left, $wait) });
  }
  return \%took;
}

sub reach {
  my ($size, @addresses) = @_;
  my %result = map { $_ => { sent => 3, received => 0, best => 0, mtu => 0 } } @addresses;

  # The first echo waits for address resolution, so it only tells who is there at all.
  my $first = echo_until_answered(3, { map { $_ => SMALL } @addresses }, 1);
  my @there = keys %$first;
  my ($slowest) = sort { $b <=> $a } values %$first, 0;
  my $wait = 4 * $slowest < 0.5 ? 0.5 : $slowest < 0.25 ? 4 * $slowest : 1;

  $_->{sent} = 0 for @result{@there};
  my @measured = @there;
  for my $round (1 .. 25) {
    # Where one of five is lost, more are needed to say how many are.
    @measured = grep { $result{$_}{received} < $result{$_}{sent} } @measured if $round == 6;
    my $took = echo_each({ map { $_ => SMALL } @measured }, $wait);
    for my $address (@measured) {
      my $one = $result{$address};
      $one->{sent}++;
      my $seconds = $took->{$address} // next;
      $one->{received}++;
      $one->{best} = $seconds if !$one->{best} || $seconds < $one->{best};
    }
  }

  # The largest that is answered, by bisection: low is, whatever is above high is not.
  my %low = map { $_ => SMALL } @there;
  my %high = map { $_ => $size } @there;
  my %try = %high;
  my $tries = 3;
  while (%try) {
    my $took = echo_until_answered($tries, \%try, $wait / 2);
    for my $address (keys %try) {
      if (exists $took->{$address}) { $low{$address} = $try{$address} }
      else { $high{$address} = $try{$address} - 1 }
    }
    %try = map { $_ => int(($low{$_} + $high{$_} + 1) / 2) } grep { $low{$_} < $high{$_} } @there;
    $tries = 2;
  }
  $result{$_}{mtu} = $low{$_} for @there;

  for my $address (@addresses) {
    my $one = $result{$address};
    printf "reached %s %d %d %d %d\n", $address, $one->{sent}, $one->{received}, 1e6 * $one->{best}, $one->{mtu};
  }
  print "done\n";
}
`;

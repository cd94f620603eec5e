/** Perl: which network this is, and broadcasts on it. */
export const broadcast = String.raw`use constant { SIOCGIFADDR => 0x8915, SIOCGIFNETMASK => 0x891b, SIOCGIFMTU => 0x8921 };   # linux/sockios.h
use constant PORT => 47080;   # UDP, where broadcasts go

my ($air, $everyone);

sub interface {
  my ($name, $request) = @_;
  my $answer = pack "a16 x24", $name;
  ioctl($air, $request, $answer) or die "interface $name: $!\n";
  return substr $answer, 16;
}

sub listen_on {
  my ($name) = @_;
  socket($air, PF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
  setsockopt($air, SOL_SOCKET, SO_BROADCAST, 1) or die "broadcast: $!\n";
  # Every probe on a network hears every broadcast, should a host have two of them.
  setsockopt($air, SOL_SOCKET, SO_REUSEADDR, 1);
  setsockopt($air, SOL_SOCKET, SO_RCVBUF, 1 << 20);
  bind($air, pack_sockaddr_in(PORT, INADDR_ANY)) or die "UDP port: $!\n";
  my ($address, $mask) = map { unpack "x4 a4", interface($name, $_) } SIOCGIFADDR, SIOCGIFNETMASK;
  $everyone = pack_sockaddr_in(PORT, $address | ~$mask);
  return inet_ntoa($address) . " " . unpack "i", interface($name, SIOCGIFMTU);
}

sub shout {
  my ($token) = @_;
  defined send $air, "overbridge $token", 0, $everyone or die "broadcast: $!\n";
  print "done\n";
}

# Counts copies of each broadcast, for a second; once all have been heard, a fifth of one more.
sub hear {
  my %copies = map { $_ => 0 } @_;
  my $missing = @_;
  my $until = now() + 1;
  while ((my $left = $until - now()) > 0) {
    next if !readable($left, $air) || !defined recv $air, my $packet, 64, MSG_DONTWAIT;
    my $token = $packet =~ /^overbridge ([0-9a-f]+)$/ ? $1 : next;
    next if !exists $copies{$token};
    $until = now() + 0.2 if $copies{$token}++ == 0 && --$missing == 0;
  }
  print "heard $_ $copies{$_}\n" for @_;
  print "done\n";
}
`;

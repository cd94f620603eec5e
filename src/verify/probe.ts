/**
 * The program that tests the network from inside it: on the overlay in a container, and on the underlay on the
 * host itself. In Perl, because `perl-base` is essential on Debian and Ubuntu, so every host has it; what is
 * beyond `perl-base` (Time::HiRes, Net::Ping) is not used. It is a text here, and no file of its own, because
 * it has to be wherever this code is: in lib/ and in an action's bundle.
 *
 * It reads commands from standard input, one a line, answers each, and ends where standard input ends, so a
 * connection that breaks leaves nothing running. Given an interface's name it can also broadcast there.
 *
 *     (start)                      ready ADDRESS MTU; only `ready` without an interface
 *     reach SIZE ADDRESS…          reached ADDRESS SENT RECEIVED MICROSECONDS MTU, for each; done
 *     shout TOKEN                  done
 *     hear TOKEN…                  heard TOKEN COPIES, for each; done
 *     sink                         sink PORT, and when a stream has come and ended, sunk BYTES MICROSECONDS
 *     source ADDRESS PORT SECONDS  done
 *
 * Sizes and MTUs are those of IP packets, in bytes. What cannot be done is answered by `failed REASON`.
 */
export const probeProgram = String.raw`use strict;
use warnings;
use Config;
use Socket qw(:DEFAULT :addrinfo IPPROTO_IP IPPROTO_IPV6 MSG_DONTWAIT inet_pton);

$| = 1;
$SIG{PIPE} = "IGNORE";
# A container's first process is sent no signal that it has no handler for.
$SIG{$_} = sub { exit 1 } for qw(ALRM HUP INT TERM);

# From linux/in.h, linux/in6.h and linux/sockios.h; perl-base knows no names for them.
use constant { IP_MTU_DISCOVER => 10, IPV6_MTU_DISCOVER => 23, PMTUDISC_PROBE => 3 };
use constant { SIOCGIFADDR => 0x8915, SIOCGIFNETMASK => 0x891b, SIOCGIFMTU => 0x8921 };

use constant PORT => 47080;   # UDP, where broadcasts go
use constant SMALL => 100;    # bytes of an echo that fits everywhere
use constant BATCH => 32;     # echoes on their way at once, which any queue on the path can hold
use constant IDLE => 900;     # seconds without a command after which nobody will send one

# perl-base has no fine clock: clock_gettime(CLOCK_MONOTONIC) by its number among each processor's system calls.
my %clock_gettime = (x86_64 => 228, aarch64 => 113, riscv64 => 113, arm => 263, powerpc64le => 246, s390x => 260);
my ($processor) = $Config{archname} =~ /^([^-]+)/;

sub now {
  my $time = pack "l!l!", 0, 0;
  syscall($clock_gettime{$processor}, 1, $time) == 0 or die "clock: $!\n";
  my ($seconds, $nanoseconds) = unpack "l!l!", $time;
  return $seconds + $nanoseconds / 1e9;
}

# Waits until one of the sockets can be read.
sub readable {
  my ($seconds, @sockets) = @_;
  my $set = "";
  vec($set, fileno($_), 1) = 1 for @sockets;
  return select($set, undef, undef, $seconds) > 0;
}

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
  my $wait = 4 * $slowest < 0.25 ? 0.25 : $slowest < 0.25 ? 4 * $slowest : 1;

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
    my $took = echo_until_answered($tries, \%try, $wait);
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

sub stream {
  my ($seconds) = @_;
  socket(my $socket, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
  setsockopt($socket, SOL_SOCKET, $_, pack "l!l!", $seconds, 0) for SO_RCVTIMEO, SO_SNDTIMEO;
  return $socket;
}

sub sink {
  my $door = stream(10);
  bind($door, pack_sockaddr_in(0, INADDR_ANY)) && listen($door, 1) or die "listen: $!\n";
  my ($port) = unpack_sockaddr_in(getsockname $door);
  print "sink $port\n";
  accept(my $socket, $door) or die "nothing came: $!\n";
  setsockopt($socket, SOL_SOCKET, SO_RCVTIMEO, pack "l!l!", 10, 0);
  my ($began, $bytes) = (now(), 0);
  while (my $count = sysread $socket, my $data, 1 << 18) { $bytes += $count }
  printf "sunk %d %d\n", $bytes, 1e6 * (now() - $began);
}

sub source {
  my ($address, $port, $seconds) = @_;
  my $socket = stream(5);
  connect($socket, pack_sockaddr_in($port, bytes_of($address))) or die "connect: $!\n";
  my $data = "o" x (1 << 18);
  my $until = now() + $seconds;
  while (now() < $until) { defined syswrite $socket, $data or die "send: $!\n" }
  close $socket;
  print "done\n";
}

my %commands = (reach => \&reach, shout => \&shout, hear => \&hear, sink => \&sink, source => \&source);

sub answer {
  my ($task, @arguments) = @_;
  return 1 if eval { $task->(@arguments); 1 };
  print "failed $@";
  return 0;
}

answer(sub {
  die "no clock is known for the processor $processor\n" if !$clock_gettime{$processor};
  print @ARGV ? "ready " . listen_on($ARGV[0]) . "\n" : "ready\n";
}) or exit 1;
alarm IDLE;
while (defined(my $line = <STDIN>)) {
  alarm IDLE;
  my ($command, @arguments) = split " ", $line;
  answer($commands{$command} // sub { die "no command: $command\n" }, @arguments);
}
`;

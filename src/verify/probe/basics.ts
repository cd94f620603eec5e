/** Perl: a clock, and waiting for sockets. */
export const basics = String.raw`use strict;
use warnings;
use Config;
use Socket qw(:DEFAULT :addrinfo IPPROTO_IP IPPROTO_IPV6 MSG_DONTWAIT inet_pton);

$| = 1;
$SIG{PIPE} = "IGNORE";
# A container's first process is sent no signal that it has no handler for.
$SIG{$_} = sub { exit 1 } for qw(ALRM HUP INT TERM);

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
`;

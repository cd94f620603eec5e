/** Perl: one TCP stream from a probe to another. */
export const stream = String.raw`sub stream {
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
  while (now() < $until) {
    defined syswrite $socket, $data or die "send: $!\n";
    # Nothing comes from standard input meanwhile but its end.
    exit 1 if readable(0, *STDIN);
  }
  close $socket;
  print "done\n";
}
`;

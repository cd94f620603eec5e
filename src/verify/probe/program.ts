import { basics } from "./basics.ts";
import { broadcast } from "./broadcast.ts";
import { echo } from "./echo.ts";
import { stream } from "./stream.ts";

/** Perl: takes commands until standard input ends. */
const commands = String.raw`use constant IDLE => 900;   # seconds without a command after which nobody will send one

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

/**
 * The program that tests the network from inside it: on the overlay in a container, and on the underlay on the
 * host itself. In Perl, because `perl-base` is essential on Debian and Ubuntu, so every host has it; what is
 * beyond `perl-base` (Time::HiRes, Net::Ping) is not used. Its parts are texts, and no files of Perl, because
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
export const probeProgram = [basics, echo, broadcast, stream, commands].join("\n");

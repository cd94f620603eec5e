import { LINUX_BRIDGE } from "../names.ts";
import type { Property } from "../property.ts";
import { printing, quote } from "../shell.ts";

/** One package that was sent to the host. */
interface SentPackage {
  readonly package: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  /** A dependency will do in any version; Open vSwitch's own packages in this one only. */
  readonly role: "openvswitch" | "dependency";
}

export interface SentPackages {
  /** Where on the host the files are. */
  readonly directory: string;
  readonly packages: readonly SentPackage[];
  /** Another host's address on the overlay, to measure an upgrade's interruption by; absent with one host. */
  readonly witness?: string;
}

/**
 * Sends an echo every 20 ms until told to stop (by removing the file named first), and for at most 10 s more
 * when answers are missing then. Prints the longest time without an answer, in milliseconds, from its start to
 * the last answer, to the hundredth of a second of /proc/uptime; nothing where none ever came.
 */
const interruptionMeter = `
use Socket;
sub now { open(my $file, "<", "/proc/uptime"); return (split " ", <$file>)[0] }
my ($flag, $address) = @ARGV;
socket(my $s, PF_INET, SOCK_RAW, 1) or exit 1;
my $to = sockaddr_in(0, inet_aton($address));
my ($seq, $longest, $answered, $last, $stop) = (0, 0, 0, now());
while (1) {
  my $echo = pack("CCnnn", 8, 0, 0, $$ & 0xffff, $seq++ & 0xffff);
  my $sum = 0; $sum += $_ for unpack("n*", $echo);
  $sum = ($sum & 0xffff) + ($sum >> 16) while $sum > 0xffff;
  substr($echo, 2, 2) = pack("n", ~$sum & 0xffff);
  send($s, $echo, 0, $to);
  my $until = now() + 0.02;
  while ((my $left = $until - now()) > 0) {
    my $read = ""; vec($read, fileno($s), 1) = 1;
    next unless select($read, undef, undef, $left);
    my $from = recv($s, my $packet, 1500, 0) or next;
    my $header = (ord($packet) & 15) * 4;
    my ($type, undef, undef, $id) = unpack("CCnn", substr($packet, $header, 6));
    next unless $type == 0 && $id == ($$ & 0xffff);
    my $now = now();
    $longest = $now - $last if $now - $last > $longest;
    ($last, $answered) = ($now, 1);
  }
  next if -e $flag;
  $stop //= now();
  last if now() - $stop > 10 || $last > $stop;
}
printf "%d\\n", $longest * 1000 if $answered;
`;

/**
 * Open vSwitch is installed from the packages that were sent: verified by their digests on the host, and put
 * in by one call of apt-get, which needs no network for that. Packages that are installed in their version
 * are not touched.
 *
 * An upgrade restarts the switch. The bridge and its tunnels are in its database, and what has to be made
 * anew is made by units that restart with it; how long the overlay was silent is measured and told.
 */
export function openvswitchFrom(sent: SentPackages): Property {
  const rows = sent.packages.map((entry) =>
    [entry.package, entry.role === "dependency" ? "any" : entry.version, entry.file, entry.sha256].join(" "),
  );
  const missing = `
packages_wanted() { ${printing(`${rows.join("\n")}\n`)}
}
# The lines of packages that are not installed as wanted.
packages_missing() {
  packages_wanted | while read -r name version file digest; do
    installed=$(dpkg-query -W -f '\${db:Status-Abbrev} \${Version}' "$name" 2>/dev/null | sed -n 's/^ii *//p')
    case $version in
      any) [ -n "$installed" ] || echo "$name $version $file $digest" ;;
      *) [ "$installed" = "$version" ] || echo "$name $version $file $digest" ;;
    esac
  done
}`;
  const measure = sent.witness
    ? `
# A host that is not on the overlay yet has nothing to interrupt.
meter=
if [ -e /sys/class/net/${LINUX_BRIDGE} ]; then
  printf '%s' ${quote(interruptionMeter)} >"$work/meter"
  : >"$work/measuring"
  perl "$work/meter" "$work/measuring" ${sent.witness} >"$work/interruption" &
  meter=$!
  trap 'rm -f "$work/measuring"' EXIT
fi`
    : "";
  const measured = sent.witness ? `\nrm -f "$work/measuring"\n[ -z "$meter" ] || wait "$meter" || :` : "";
  return {
    name: "Open vSwitch installed",
    look: `${missing}\n[ -z "$(packages_missing)" ]`,
    change: `${missing}
cd ${quote(sent.directory)} || fail 'the packages were not sent'
packages_missing | awk '{ print $4 "  " $3 }' | sha256sum --check --strict - ||
  fail 'a package is not what was sent: run it again'
mend_packages
${measure}
apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold --allow-downgrades \\
  install --no-install-recommends $(packages_missing | awk '{ print "./" $3 }')${measured}
cd /
rm -rf ${quote(sent.directory)}`,
  };
}

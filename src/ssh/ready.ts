import { Failure } from "../errors.ts";
import { quote } from "../host/shell.ts";
import type { Connection } from "./connection.ts";
import type { Limits } from "./deadline.ts";
import { fromHost } from "./failure.ts";
import { type OnProgress, Progress } from "./progress.ts";
import { rootShell } from "./root.ts";

export interface WaitForReadyOptions extends Limits {
  /** Milliseconds, after cloud-init is done, until nobody holds a package lock; as `timeoutMs` unless told otherwise. */
  readonly locksMs?: number;
  readonly onProgress?: OnProgress;
}

const DEFAULT_TIMEOUT_MS = 600_000;
/** The host itself ends the wait; only where it does not is the command given up, this much later. */
const GRACE_MS = 15_000;

/** What apt and dpkg lock, so that only one of them is at work. */
const packageLocks = [
  "/var/lib/dpkg/lock-frontend",
  "/var/lib/dpkg/lock",
  "/var/lib/apt/lists/lock",
  "/var/cache/apt/archives/lock",
] as const;

/**
 * Waits until a host has set itself up: cloud-init, where there is one, is done, and nobody installs
 * packages. All in one round trip; the host itself looks again every second.
 *
 * @param options `timeoutMs` is for cloud-init: 600 s unless told otherwise.
 * @throws Failure saying what is not ready: cloud-init's own error, or who holds which lock.
 */
export async function waitForReady(connection: Connection, options: WaitForReadyOptions = {}): Promise<void> {
  const { name, user } = connection.target;
  const { timeoutMs = DEFAULT_TIMEOUT_MS, locksMs = timeoutMs, signal, onProgress } = options;
  const limits = { cloudInit: Math.ceil(timeoutMs / 1000), locks: Math.ceil(locksMs / 1000) };
  const progress = new Progress("the host's own set-up", onProgress);
  let ready = false;
  let failed: string | undefined;
  try {
    const { stderr } = await connection.run(rootShell(user), {
      stdin: readyProgram(limits, packageLocks),
      timeoutMs: timeoutMs + locksMs + GRACE_MS,
      ...(signal && { signal }),
      onLine: (line) => {
        const [word, ...rest] = line.split(" ");
        if (word === "doing") progress.now(fromHost(rest.join(" "), 120));
        if (word === "failed") failed = fromHost(rest.join(" "), 600);
        if (word === "ready") ready = true;
      },
    });
    if (failed === undefined && !ready)
      failed = `it could not be asked: ${fromHost(stderr) || "no reason given"}`;
  } finally {
    progress.stop();
  }
  if (failed === undefined) return;
  throw new Failure(`${name}: not ready: ${failed}`);
}

/**
 * The waiting program, in sh; it prints `doing WHAT`, and at the end `ready` or `failed WHY`.
 *
 * @param limits seconds for each of the two waits; @param locks the lock files that must be free.
 */
export function readyProgram(
  limits: { readonly cloudInit: number; readonly locks: number },
  locks: readonly string[],
): string {
  return `export LC_ALL=C
wait_for_cloud_init() {
  command -v cloud-init >/dev/null 2>&1 || return 0
  echo 'doing cloud-init'
  said=$(timeout ${limits.cloudInit} cloud-init status --wait --long 2>&1 </dev/null)
  # 2 is "done, but something was not to its liking".
  case $? in
    0 | 2) return 0 ;;
    124) echo "failed cloud-init has not ended after ${limits.cloudInit} s ($(cloud-init status 2>&1 </dev/null | tr '\\n' ' '))" ;;
    *) echo "failed cloud-init: $(printf %s "$said" | sed 's/^\\.*//' | tr '\\n' ' ')" ;;
  esac
  return 1
}

# dpkg and apt lock by fcntl, which flock(1) does not see. Perl does, and is on every Debian and Ubuntu
# (perl-base is Essential). The layout is struct flock of 64-bit Linux.
wait_for_locks() {
  perl - ${limits.locks} ${locks.map(quote).join(" ")} <<'PERL'
use strict;
use Fcntl qw(F_GETLK F_WRLCK F_UNLCK SEEK_SET);
$| = 1;
my ($limit, @locks) = @ARGV;
my $left = $limit;
my $layout = "s s x4 q q l x4";
sub holder {
  for my $path (@locks) {
    open(my $file, "<", $path) or next;
    my $lock = pack($layout, F_WRLCK, SEEK_SET, 0, 0, 0);
    fcntl($file, F_GETLK, $lock) or next;
    my ($type, undef, undef, undef, $pid) = unpack($layout, $lock);
    next if $type == F_UNLCK;
    my $name = "a process";
    if (open(my $comm, "<", "/proc/$pid/comm")) { chomp($name = <$comm> // $name) }
    return "$path, held by $name ($pid)";
  }
  return;
}
my $told = "";
while (my $holder = holder()) {
  if ($left-- <= 0) { print "failed the package lock $holder, is not free after $limit s\\n"; exit 1 }
  if ($holder ne $told) { print "doing the package lock $holder\\n"; $told = $holder }
  sleep 1;
}
PERL
}

wait_for_cloud_init && wait_for_locks && echo ready
`;
}

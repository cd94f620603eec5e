/**
 * The part of every host program that is not about any property: running them one by one and telling about
 * it. Standard output carries only the protocol (src/host/protocol.ts); what commands print goes to a log,
 * of which a failed property shows the end.
 *
 * Time comes from /proc/uptime, in hundredths of a second: POSIX sh has no clock, and a property may well
 * set the date.
 */
export const prelude = `set -u
umask 022
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

runtime=/run
tab=$(printf '\\t')
say() { line=@overbridge; for word; do line=$line$tab$word; done; printf '%s\\n' "$line"; }

# Ends a property with the reason, which becomes the last line of its log.
fail() { printf '%s\\n' "$*" >&2; exit 1; }

uptime_cs() { read -r up _ </proc/uptime; up_cs=1\${up#*.}; echo $((\${up%.*} * 100 + up_cs - 100)); }

# Runs a function in a shell of its own that stops at the first error. Never call it as a condition ('if
# attempt', 'attempt &&'): the shell would then ignore errors inside it. Its exit status is in $status.
attempt() { (set -eu; "$1") >>"$work/log" 2>&1 </dev/null 9>&-; status=$?; }

# The end of the log, printable characters only.
tell_log() {
  tail -n 20 "$work/log" | cut -c 1-400 | tr -cd '[:print:]\\n' | while IFS= read -r text; do say log "$text"; done
}

property() {
  say begin "$2"
  began=$(uptime_cs)
  : >"$work/log"
  attempt "look_$1"
  if [ $status -eq 0 ]; then
    outcome=ok
  elif [ "$mode" = look ]; then
    outcome=would
  else
    outcome=failed
    : >"$work/log"
    attempt "change_$1"
    if [ $status -eq 0 ]; then
      attempt "look_$1"
      if [ $status -eq 0 ]; then outcome=changed; else echo 'changed, but it does not hold' >>"$work/log"; fi
    fi
  fi
  [ "$outcome" != failed ] || tell_log
  say property "$outcome" $(($(uptime_cs) - began)) "$2"
  if [ "$outcome" = failed ]; then
    overall=failed
    [ "$persist" = yes ] || finish
  fi
}

finish() { facts; say overall "$overall"; exit 0; }

start() {
  overall=done
  [ "$(id -u)" = 0 ] || { say log 'not root'; say overall failed; exit 0; }
  work=$(mktemp -d "$runtime/overbridge.XXXXXX") || { say log "cannot write to $runtime"; say overall failed; exit 0; }
  trap 'rm -rf "$work"' EXIT
  # A lost connection is no reason to leave a host half configured.
  trap '' HUP PIPE
  exec 9>"$runtime/overbridge.lock"
  flock -w 60 9 || { say log 'another run is at work on this host'; say overall failed; exit 0; }
}

# Puts standard input into a file, whole or not at all.
put() { mkdir -p "$(dirname "$1")"; cat >"$1.new"; chmod "$2" "$1.new"; mv "$1.new" "$1"; }

# dpkg that was killed halfway makes apt refuse to do anything. Where dpkg is at work just now, apt waits for it.
mend_packages() { dpkg --force-confold --configure -a || :; }

# Whether a package that is there is so in full: unpacked alone, its programs are there, its users are not.
set_up() { case $(dpkg-query -W -f '\${db:Status-Abbrev}' "$1" 2>/dev/null) in ?[UFH]*) return 1 ;; esac; }

# apt's lists may be absent or too old on a fresh host, and are most often neither.
install() {
  mend_packages
  set -- apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold \\
    install --no-install-recommends "$@"
  "$@" || { apt-get -q update && "$@"; }
}
`;

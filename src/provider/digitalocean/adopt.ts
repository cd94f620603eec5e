import { Failure } from "../../errors.ts";
import { quote } from "../../host/shell.ts";
import type { Connection, Identity, Target } from "../../ssh/connection.ts";
import { ConnectFailure } from "../../ssh/failure.ts";
import type { DesiredHost, KeyPair } from "../provider.ts";
import { interrupted } from "./http.ts";
import { elapsed, type Work } from "./work.ts";

/** What proves both sides at the first contact with a droplet. */
export interface Access {
  /** The SSH host key that all new droplets of the cluster show at first. */
  readonly bootstrapHostKey: KeyPair;
  readonly identity: Identity;
}

/** Opens one connection, or fails with a ConnectFailure. */
export type Dial = (
  target: Target,
  identity: Identity,
  limits: { timeoutMs: number; signal: AbortSignal },
) => Promise<Connection>;

export interface Contact {
  readonly host: DesiredHost;
  /** Where the droplet is reached from outside. */
  readonly address: string;
  readonly access: Access;
  readonly dial: Dial;
}

const PORT = 22;
const USER = "root";
const DIAL_MS = 15_000;
const BETWEEN_DIALS_MS = 1_000;

/**
 * Makes a droplet show its host's own key, and opens a connection that is pinned to it.
 *
 * A new droplet shows the cluster's bootstrap key, which every process on any of the cluster's droplets can
 * read. The first thing done over a connection pinned to it is to put the host's own key in its place, so
 * from then on the bootstrap key proves nothing to us. Killed in between, this is done again: whichever of
 * the two keys a host shows, it gets on from there.
 *
 * @throws Failure naming the host, where sshd does not answer in time or shows another key.
 */
export async function adopt(contact: Contact, work: Work): Promise<Connection> {
  const { host, access } = contact;
  const own = host.hostKey.fingerprint;
  const first = await reach(contact, [own, access.bootstrapHostKey.fingerprint], work);
  if (first.target.hostKey === own) return first;
  try {
    work.context.reporter.report({ kind: "doing", host: host.name, text: "giving it a host key of its own" });
    await install(first, host, work);
  } finally {
    first.close();
  }
  return reach(contact, [own], work);
}

/** Problems of a host that is still on its way up; then those of one whose cloud-init has not written its keys yet. */
const NO_SSHD = new Set(["refused", "unreachable", "timeout", "dropped"]);
const NO_KEYS = new Set(["host-key", "authentication"]);

/** Tries the keys in turn until the host shows one of them; waits first for sshd, then for the key, each in its own time. */
async function reach(contact: Contact, keys: readonly string[], work: Work): Promise<Connection> {
  const { clock, context, waits } = work;
  const { host, address } = contact;
  const began = clock.now();
  let answered: number | undefined;
  for (;;) {
    const failure = await dialEach(contact, keys, work);
    if (!(failure instanceof ConnectFailure)) return failure;
    if (context.signal.aborted) throw interrupted();
    const { problem } = failure;
    if (!NO_SSHD.has(problem) && !NO_KEYS.has(problem)) throw failure;
    if (NO_KEYS.has(problem)) answered ??= clock.now();
    if (answered === undefined && clock.now() - began >= waits.sshdMs) {
      throw new Failure(
        `${host.name}: no sshd at ${address}:${PORT} after ${elapsed(clock, began)}: ${failure.message}`,
        "does a firewall keep this machine from the droplet's port 22?",
      );
    }
    if (answered !== undefined && clock.now() - answered >= waits.hostKeyMs) {
      throw new Failure(
        `after ${elapsed(clock, answered)}: ${failure.message}`,
        failure.hint ?? reinstall(host),
      );
    }
    const what = answered === undefined ? "sshd" : "its pinned host key";
    context.reporter.report({
      kind: "doing",
      host: host.name,
      text: `waiting for ${what}: ${elapsed(clock, began)}`,
    });
    await clock.sleep(BETWEEN_DIALS_MS, context.signal);
  }
}

function reinstall(host: DesiredHost): string {
  return `was ${host.name} made with another cluster secret, or is its image without cloud-init? Take the cluster down and up again`;
}

async function dialEach(
  contact: Contact,
  keys: readonly string[],
  work: Work,
): Promise<Connection | ConnectFailure> {
  const { host, address, access, dial } = contact;
  let failure: ConnectFailure | undefined;
  for (const hostKey of keys) {
    try {
      const target = { name: host.name, user: USER, address, port: PORT, hostKey };
      return await dial(target, access.identity, { timeoutMs: DIAL_MS, signal: work.context.signal });
    } catch (error) {
      if (!(error instanceof ConnectFailure)) throw error;
      failure = error;
      if (error.problem !== "host-key") break;
    }
  }
  return failure!;
}

/**
 * The key comes in on standard input and is checked before anything is replaced; each step leaves a host that
 * can still be reached with one of the two keys. sshd goes on with the connections it has when it reloads.
 */
function installProgram(fingerprint: string): string {
  const [, print] = fingerprint.split(" ");
  return `set -eu
umask 077
new=$(mktemp /etc/ssh/.overbridge-XXXXXX)
trap 'rm -f "$new" "$new.pub"' EXIT
cat >"$new"
ssh-keygen -y -f "$new" >"$new.pub"
ssh-keygen -lf "$new.pub" | grep -qF ${quote(print ?? "")}
chmod 644 "$new.pub"
mv -f "$new.pub" /etc/ssh/ssh_host_ed25519_key.pub
mv -f "$new" /etc/ssh/ssh_host_ed25519_key
for key in /etc/ssh/ssh_host_*_key; do
  [ "$key" = /etc/ssh/ssh_host_ed25519_key ] || rm -f "$key" "$key.pub"
done
/usr/sbin/sshd -t
systemctl reload ssh.service 2>/dev/null || systemctl reload sshd.service
`;
}

async function install(connection: Connection, host: DesiredHost, work: Work): Promise<void> {
  const program = `sh -c ${quote(installProgram(host.hostKey.fingerprint))}`;
  const result = await connection.run(program, {
    stdin: host.hostKey.privateKey,
    timeoutMs: work.waits.hostKeyMs,
    signal: work.context.signal,
  });
  if (result.code === 0) return;
  const reason = result.stderr
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(-300);
  throw new Failure(
    `${host.name}: its host key could not be installed: ${reason || `exit code ${result.code}`}`,
  );
}

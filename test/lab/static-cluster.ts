import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { keyPairOf } from "../../src/cluster/keys.ts";
import type { Machine } from "./machine/machine.ts";
import { startMachines } from "./machine/machines.ts";
import { playCluster } from "./overbridge.ts";

/** Two emulated machines, joined through provider `static`: the first as root, the second as a user with sudo. */
export async function playStaticCluster(name: string) {
  const clientKey = keyPairOf(randomBytes(32));
  const lab = await startMachines(2, { authorizedKey: clientKey.publicKey });
  const cluster = await playCluster(name);
  const keyFile = `${cluster.directory}/key`;
  await writeFile(keyFile, clientKey.privateKey, { mode: 0o600 });
  const [first, second] = lab.machines as [Machine, Machine];
  const hosts = ["--host", `root@${first.address}`, "--host", `admin@${second.address}`];
  const keys = lab.machines.flatMap(({ address, hostKey }) => [
    "--host-key",
    `${address}=${hostKey.replace("ssh-ed25519 ", "")}`,
  ]);

  // Where the host list is, once the cluster has forgotten it.
  let reach: string[] = [];

  return {
    cluster,
    first,
    second,
    /** What tells `up` where the hosts are. */
    flags: ["--provider", "static", ...hosts, ...keys, "--key", keyFile],
    /** Runs sh text as root on a host of the list, whoever logs in there. */
    async asRoot(host: string, text: string) {
      const printed = await cluster.must("exec", ...reach, host, "--", "sudo", "-n", "sh", "-c", text);
      return printed.trim();
    },
    /** From now on the hosts are found by this host list. */
    reachBy(hostsFile: string) {
      reach = ["--hosts-file", hostsFile, "--key", keyFile];
    },
    /** The machines go, and with them what the cluster has there. */
    async remove() {
      await lab.stop();
      await cluster.forget();
    },
  };
}

export type StaticCluster = Awaited<ReturnType<typeof playStaticCluster>>;

/** All that overbridge makes on a host, each as one line; nothing where nothing of it is there. */
export const OURS = `
for name in br-overlay br-phy; do ! ovs-vsctl br-exists $name || echo "bridge $name"; done
ls -d /sys/class/net/overbridge0 /sys/class/net/br-overlay /sys/class/net/br-phy /etc/overbridge \
  /usr/local/lib/overbridge /etc/systemd/system/overbridge-* /run/overbridge-* 2>/dev/null
docker network ls --filter label=overbridge.cluster --format 'network {{.Name}}'
ip -o addr show to 10.88.0.0/16
true`;

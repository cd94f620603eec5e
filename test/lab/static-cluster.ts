import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { keyPairOf } from "../../src/cluster/keys.ts";
import type { Machine } from "./machine/machine.ts";
import { startMachines } from "./machine/machines.ts";
import { playCluster } from "./overbridge.ts";

interface Told {
  readonly host: string;
  readonly reason?: string;
  readonly facts: Readonly<Record<string, string>>;
}

const hosts = ["host1", "host2"] as const;
type HostName = (typeof hosts)[number];

/** Two emulated machines, joined through provider `static`: the first as root, the second as a user with sudo. */
export async function playStaticCluster(name: string) {
  const clientKey = keyPairOf(randomBytes(32));
  const lab = await startMachines(2, { authorizedKey: clientKey.publicKey });
  const cluster = await playCluster(name);
  const keyFile = `${cluster.directory}/key`;
  await writeFile(keyFile, clientKey.privateKey, { mode: 0o600 });
  const [first, second] = lab.machines as [Machine, Machine];
  const places = ["--host", `root@${first.address}`, "--host", `admin@${second.address}`];
  const keys = lab.machines.flatMap(({ address, hostKey }) => [
    "--host-key",
    `${address}=${hostKey.replace("ssh-ed25519 ", "")}`,
  ]);

  // Where the host list is, once the cluster has forgotten it.
  let reach: string[] = [];

  /** What tells `up` where the hosts are. */
  const flags = ["--provider", "static", ...places, ...keys, "--key", keyFile];

  /** Runs sh text as root on a host of the list, whoever logs in there. */
  async function asRoot(host: HostName, text: string): Promise<string> {
    const printed = await cluster.must("exec", ...reach, host, "--", "sudo", "-n", "sh", "-c", text);
    return printed.trim();
  }

  /** The same on both. */
  const onBoth = (text: string) => Promise.all(hosts.map((host) => asRoot(host, text)));

  return {
    cluster,
    onBoth,
    /** What has tunnels between the machines' addresses of one family. */
    over: (family: 4 | 6) =>
      [first, second].flatMap(({ address, address6 }) => [
        "--underlay",
        `${address}=${family === 4 ? address : address6}`,
      ]),
    machines: { name: lab.name, pids: lab.machines.flatMap(({ pid }) => pid ?? []) },
    stopMachines: () => lab.stop(),

    /** Brings the cluster up anew and asserts that every host is done, by this datapath, and every pair verified. */
    async comesUp(datapath: "system" | "netdev", ...more: string[]) {
      const { ok, error, configured, verified } = await cluster.json("up", ...flags, ...more);
      expect(error).toBeUndefined();
      expect(configured.hosts.map(({ reason }: Told) => reason)).toEqual([undefined, undefined]);
      expect(configured.hosts.map(({ facts }: Told) => facts.datapath)).toEqual([datapath, datapath]);
      expect(verified.pairs.filter((pair: { ok: boolean }) => !pair.ok)).toEqual([]);
      expect(verified.pairs).toHaveLength(2);
      expect(ok).toBe(true);
    },

    /** Reboots a host from within; it must come back as it was with nobody's help. */
    async comesBack(host: HostName) {
      const machine = host === "host1" ? first : second;
      const before = machine.bootId;
      // The connection may go before the command's exit code has come.
      await cluster.run("exec", host, "--", "sudo", "-n", "systemctl", "reboot");
      await machine.booted(before);
      // `plan` says that nothing would change when the host's own units have had their time; no command of ours
      // changes anything meanwhile.
      await expect
        .poll(async () => (await cluster.run("plan")).stdout.trim().split("\n"), {
          timeout: 180_000,
          interval: 1_000,
        })
        .toEqual(["host1: nothing would change", "host2: nothing would change"]);
      // By the tunnel: each has an address of its own in the overlay. (Probes take an emulated machine 20 s.)
      expect(await asRoot("host1", "ping -c 3 -W 5 -I overbridge0 10.88.2.1")).toContain(" 0% packet loss");
      expect(await asRoot("host2", "ping -c 3 -W 5 -I overbridge0 10.88.1.1")).toContain(" 0% packet loss");
    },

    /** Takes the cluster down; both machines must still let us in, and have nothing of ours. */
    async goes() {
      for (const found of await onBoth(OURS)) expect(found).toContain("bridge br-overlay");
      const list = `${cluster.directory}/hosts.json`;
      await writeFile(list, await cluster.must("provision", "--json"));
      await cluster.must("down");
      expect(await cluster.files()).toEqual(["hosts.json", "key"]);
      reach = ["--hosts-file", list, "--key", keyFile];
      expect(await onBoth(OURS)).toEqual(["", ""]);
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
const OURS = `
for name in br-overlay br-phy; do ! ovs-vsctl br-exists $name || echo "bridge $name"; done
ls -d /sys/class/net/overbridge0 /sys/class/net/br-overlay /sys/class/net/br-phy /etc/overbridge \
  /usr/local/lib/overbridge /etc/systemd/system/overbridge-* /run/overbridge-* 2>/dev/null
docker network ls --filter label=overbridge.cluster --format 'network {{.Name}}'
ip -o addr show to 10.88.0.0/16
true`;

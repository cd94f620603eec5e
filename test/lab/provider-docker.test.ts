import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { keyPairOf } from "../../src/cluster/keys.ts";
import { dockerProvider } from "../../src/provider/docker/provider.ts";
import type { DesiredCluster, ProvidedHost } from "../../src/provider/provider.ts";
import type { Event } from "../../src/report/reporter.ts";

const run = promisify(execFile);
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const lines = (text: string) => text.split("\n").filter((line) => line !== "");

const seed = (text: string) => createHash("sha256").update(text).digest();
const client = keyPairOf(seed("client"));
const [one, two, six, halted] = ["pd-one", "pd-two", "pd-six", "pd-halted"];
const stranger = "overbridge-pd-two-host2";

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "overbridge-pd-"));
  writeFileSync(join(home, "key"), client.privateKey, { mode: 0o600 });
});

afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  for (const cluster of [one, two, six, halted]) await dockerProvider().destroy(cluster, contextOf());
});

function contextOf(onEvent: (event: Event) => void = () => {}, signal = new AbortController().signal) {
  return { reporter: { report: onEvent, close() {} }, signal, env: process.env };
}

function desired(cluster: string, count: number): DesiredCluster {
  const hosts = Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    name: `host${index + 1}`,
    hostKey: keyPairOf(seed(`${cluster} ${index + 1}`)),
  }));
  return { cluster, authorizedKey: client.publicKey, hosts };
}

/** Ids of a cluster's containers, to tell a host that stayed from one that was made again. */
function containersOf(cluster: string): string[] {
  return lines(
    docker("ps", "--all", "--quiet", "--no-trunc", "--filter", `label=overbridge.cluster=${cluster}`),
  );
}

function networksOf(cluster: string): string[] {
  return lines(docker("network", "ls", "--quiet", "--filter", `label=overbridge.cluster=${cluster}`));
}

function volumesOf(containers: readonly string[]): string[] {
  const format = "{{range .Mounts}}{{if .Name}}{{.Name}}\n{{end}}{{end}}";
  return lines(docker("inspect", "--format", format, ...containers)).filter((line) => line.trim() !== "");
}

/** Options of a client that believes only this host's key. */
function sshOptions({ ssh }: ProvidedHost, hostPublicKey: string): string[] {
  const known = join(home, `known-${ssh.address.replaceAll(":", "-")}`);
  writeFileSync(known, `${ssh.address} ${hostPublicKey}\n`);
  const options = [
    `UserKnownHostsFile=${known}`,
    "StrictHostKeyChecking=yes",
    "BatchMode=yes",
    "LogLevel=ERROR",
  ];
  return [
    "-i",
    join(home, "key"),
    ...options.flatMap((option) => ["-o", option]),
    "-l",
    ssh.user,
    ssh.address,
  ];
}

describe("a cluster of three", () => {
  let hosts: readonly ProvidedHost[];
  const provider = dockerProvider();

  beforeAll(async () => {
    hosts = await provider.ensure(desired(one, 3), contextOf());
  });

  test("has addresses that follow from ids, and the derived fingerprints", () => {
    const wanted = desired(one, 3).hosts;
    expect(hosts.map(({ id, name }) => [id, name])).toEqual(wanted.map(({ id, name }) => [id, name]));
    expect(hosts.map(({ ssh }) => ssh.hostKey)).toEqual(wanted.map(({ hostKey }) => hostKey.fingerprint));
    expect(hosts.map(({ underlay }) => Number(underlay.split(".")[3]))).toEqual([2, 3, 4]);
    expect(hosts.map(({ ssh }) => ssh.address)).toEqual(hosts.map(({ underlay }) => underlay));
  });

  test("lets the authorized key in, boots without a failed unit, and has Docker and Open vSwitch", async () => {
    const host = hosts[0]!;
    const script =
      "systemctl is-system-running --wait; docker version -f '{{.Server.Os}}'; ovs-vsctl list-br | wc -l";
    const options = sshOptions(host, desired(one, 3).hosts[0]!.hostKey.publicKey);
    const { stdout } = await run("ssh", [...options, script]);
    expect(lines(stdout)).toEqual(["running", "linux", "0"]);
  });

  test("shows the derived host key and no other, and takes no password", async () => {
    const [host] = hosts;
    const { stdout } = await run("ssh-keyscan", [host!.ssh.address]);
    const keys = lines(stdout).map((line) => line.split(" ").slice(1).join(" "));
    expect(keys).toEqual([desired(one, 3).hosts[0]!.hostKey.publicKey]);
    const settings = docker("exec", "overbridge-pd-one-host1", "sshd", "-T");
    expect(settings).toMatch(/^permitrootlogin (without-password|prohibit-password)$/m);
    expect(settings).toMatch(/^passwordauthentication no$/m);
    expect(settings).toMatch(/^kbdinteractiveauthentication no$/m);
  });

  test("is left alone by a second ensure", async () => {
    const before = containersOf(one);
    expect(await provider.ensure(desired(one, 3), contextOf())).toEqual(hosts);
    expect(containersOf(one)).toEqual(before);
  });

  test("keeps a host's address over a restart, and starts one that was stopped", async () => {
    const before = containersOf(one);
    docker("restart", "--time", "5", "overbridge-pd-one-host1");
    docker("stop", "--time", "5", "overbridge-pd-one-host2");
    expect(await provider.ensure(desired(one, 3), contextOf())).toEqual(hosts);
    expect(containersOf(one)).toEqual(before);
  });

  test("replaces a half-made host, and one that runs with other keys where that was agreed to", async () => {
    docker("rm", "--force", "--volumes", "overbridge-pd-one-host3");
    const labels = { cluster: one, role: "host", "host-id": "3", "host-name": "host3" };
    const options = Object.entries(labels).flatMap(([name, value]) => [
      "--label",
      `overbridge.${name}=${value}`,
    ]);
    const image = docker("inspect", "--format", "{{.Image}}", "overbridge-pd-one-host1");
    docker("create", "--name", "overbridge-pd-one-host3", ...options, image);
    const [first, ...others] = desired(one, 3).hosts;
    const changed = {
      ...desired(one, 3),
      hosts: [{ ...first!, hostKey: keyPairOf(seed("new")) }, ...others],
    };
    await expect(provider.ensure(changed, contextOf())).rejects.toThrow(
      /^cluster pd-one: host1 is running with other keys/,
    );
    const made = await provider.ensure({ ...changed, mayReplace: true }, contextOf());
    expect(made.map(({ underlay }) => underlay)).toEqual(hosts.map(({ underlay }) => underlay));
    await run("ssh", [...sshOptions(made[0]!, keyPairOf(seed("new")).publicKey), "true"]);
    await run("ssh", [...sshOptions(made[2]!, others[1]!.hostKey.publicKey), "true"]);
    expect(await provider.ensure({ ...desired(one, 3), mayReplace: true }, contextOf())).toEqual(hosts);
  });

  test("sends whole checksums into a host's userspace bridge, from the machine and from a neighbour", async () => {
    const [host, neighbour] = hosts;
    const keys = desired(one, 3).hosts.map(({ hostKey }) => hostKey.publicKey);
    const move = `set -e
      address=$(ip -4 -o address show eth0 | awk '{print $4}') gateway=$(ip route show default | awk '{print $3}')
      mac=$(cat /sys/class/net/eth0/address)
      ovs-vsctl add-br br-try -- set bridge br-try datapath_type=netdev "other-config:hwaddr=\\"$mac\\"" -- add-port br-try eth0
      ip link set br-try up; ip address flush dev eth0; ip address add "$address" dev br-try
      ip route replace default via "$gateway"`;
    await run("ssh", [...sshOptions(host!, keys[0]!), move]);
    const upload = spawn("ssh", [
      ...sshOptions(host!, keys[0]!),
      "wc -c; nstat -az TcpInCsumErrors | tail -1",
    ]);
    upload.stdin.end(Buffer.alloc(20_000_000));
    const told = await upload.stdout.setEncoding("utf8").toArray();
    expect(told.join("")).toMatch(/^20000000\nTcpInCsumErrors +0 /);

    const listen = run("ssh", [...sshOptions(host!, keys[0]!), "timeout 60 nc -lN 7000 </dev/null | wc -c"]);
    const send = `until head -c 20000000 /dev/zero | nc -N ${host!.underlay} 7000; do :; done`;
    await run("ssh", [...sshOptions(neighbour!, keys[1]!), `timeout 60 sh -c '${send}'`]);
    expect((await listen).stdout.trim()).toBe("20000000");
    const errors = docker("exec", "overbridge-pd-one-host1", "nstat", "-az", "TcpInCsumErrors");
    expect(errors).toMatch(/TcpInCsumErrors +0 /);
  });

  test("loses the highest id where one host fewer is wanted", async () => {
    const made = await provider.ensure({ ...desired(one, 2), mayRemove: [3] }, contextOf());
    expect(made).toEqual(hosts.slice(0, 2));
    expect(await provider.observe(one, contextOf())).toEqual([
      { id: 1, name: "host1" },
      { id: 2, name: "host2" },
    ]);
    expect(containersOf(one)).toHaveLength(2);
  });

  test("is destroyed with its volumes and network, beside another cluster that is not touched", async () => {
    await provider.ensure(desired(two, 1), contextOf());
    const kept = [containersOf(two), networksOf(two)];
    const volumes = volumesOf(containersOf(one));
    expect(volumes).toHaveLength(2);
    const { removed, left } = await provider.destroy(one, contextOf());
    const names = ["host1", "host2"].map((name) => `container overbridge-pd-one-${name}`);
    expect(removed).toEqual([...names, "network overbridge-pd-one"]);
    expect(left).toContainEqual(expect.stringMatching(/^image overbridge\/host:[0-9a-f]{16}: kept/));
    expect([containersOf(one), networksOf(one)]).toEqual([[], []]);
    const rest = lines(docker("volume", "ls", "--quiet"));
    expect(volumes.filter((volume) => rest.includes(volume))).toEqual([]);
    expect([containersOf(two), networksOf(two)]).toEqual(kept);
    expect((await provider.destroy(one, contextOf())).removed).toEqual([]);
  });
});

describe("what lacks our labels", () => {
  const provider = dockerProvider();

  afterEach(() => void docker("rm", "--force", "--volumes", stranger));

  test("is refused by name before anything is made, and is left by destroy", async () => {
    await provider.ensure(desired(two, 1), contextOf());
    const image = docker("inspect", "--format", "{{.Image}}", "overbridge-pd-two-host1");
    const id = docker("create", "--name", stranger, image, "true");
    await expect(provider.ensure(desired(two, 3), contextOf())).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining(stranger),
    });
    expect(await provider.observe(two, contextOf())).toEqual([{ id: 1, name: "host1" }]);
    await provider.destroy(two, contextOf());
    expect(docker("inspect", "--format", "{{.Id}}", stranger)).toBe(id);
  });

  test("is refused where it is a network", async () => {
    const id = docker("network", "create", "overbridge-pd-two");
    try {
      const refused = provider.ensure(desired(two, 1), contextOf());
      await expect(refused).rejects.toMatchObject({
        message: expect.stringContaining("network overbridge-pd-two"),
      });
      await provider.destroy(two, contextOf());
      expect(docker("network", "inspect", "--format", "{{.Id}}", "overbridge-pd-two")).toBe(id);
    } finally {
      docker("network", "rm", id);
    }
  });
});

test("an IPv6 underlay has addresses that follow from the cluster's name and the ids", async () => {
  const provider = dockerProvider({ ipv6: true });
  const hosts = await provider.ensure(desired(six, 2), contextOf());
  const prefix = hosts[0]!.underlay.replace(/2$/, "");
  expect(prefix).toMatch(/^fd[0-9a-f:]+::$/);
  expect(hosts.map(({ underlay }) => underlay)).toEqual([`${prefix}2`, `${prefix}3`]);
  const options = sshOptions(hosts[0]!, desired(six, 2).hosts[0]!.hostKey.publicKey);
  await run("ssh", [...options, `ping -6 -c 1 -W 5 ${hosts[1]!.underlay}`]);
  await provider.destroy(six, contextOf());
});

test.each(["creating the container", "waiting for sshd"])(
  "aborted at '%s', destroy finds all",
  async (text) => {
    const stop = new AbortController();
    const onEvent = (event: Event) => {
      if (event.kind === "doing" && event.text.startsWith(text)) stop.abort(new Error("stopped"));
    };
    const provider = dockerProvider();
    await expect(provider.ensure(desired(halted, 2), contextOf(onEvent, stop.signal))).rejects.toThrow(
      "stopped",
    );
    const before = containersOf(halted);
    const { removed } = await provider.destroy(halted, contextOf());
    expect(removed).toContain("network overbridge-pd-halted");
    expect(removed).toHaveLength(before.length + 1);
    expect([containersOf(halted), networksOf(halted)]).toEqual([[], []]);
  },
);

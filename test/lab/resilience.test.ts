import { cp, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, playCluster, succeed } from "./overbridge.ts";

/** What goes wrong on a host, or between us and it, and what comes of it. */
interface HostResult {
  host: string;
  outcome: string;
  reason?: string;
  properties: { name: string; outcome: string }[];
}

const onlyOf = (hosts: readonly HostResult[], name: string) => hosts.find(({ host }) => host === name)!;

async function playHosts(name: string): Promise<Cluster> {
  const cluster = await playCluster(name);
  try {
    await cluster.must("provision", "--provider", "docker", "--hosts", "2");
    return cluster;
  } catch (error) {
    await cluster.remove();
    throw error;
  }
}

describe("a host program killed halfway", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await playHosts("rs-kill");
  });
  afterAll(() => cluster?.remove());

  /**
   * Puts a trap before a program: the first call of it whose arguments match kills its whole process group, as
   * power or the out-of-memory killer would, having run `first`. Programs and units find the trap, for
   * /usr/local/sbin comes first in both their paths.
   */
  const trap = (program: string, args: string, first: string) =>
    cluster.onHost(
      "host1",
      `real=$(command -v ${program})
cat >/usr/local/sbin/${program} <<END
#!/bin/sh
case " \\$* " in ${args}) rm -f "\\$0"; ${first.replaceAll("$", "\\$").replaceAll("REAL", "$real")}; kill -9 0 ;; esac
exec $real "\\$@"
END
chmod 755 /usr/local/sbin/${program}`,
    );

  test.each([
    ["before the host is claimed", "mv", "*/etc/overbridge/cluster*", ":"],
    ["before a unit is enabled", "systemctl", "*enable*overbridge-underlay*", ":"],
    ["with the underlay's addresses nowhere", "ip", "*-batch*/batch*", "REAL addr flush dev eth0"],
    ["with a bridge and no tunnels", "ovs-vsctl", "*add-br*br-overlay*fail_mode*", 'REAL "$@"'],
    ["within the script that makes the Linux bridge", "ip", "*master*overbridge0*", ":"],
    ["with a Docker network, not yet reported", "docker", "*network*create*", 'REAL "$@"'],
  ])("%s ends as failed, and says so", async (_when, program, args, first) => {
    await trap(program, args, first);
    const { ok, hosts } = await cluster.json("configure", "--host", "host1");
    expect(ok).toBe(false);
    expect(onlyOf(hosts, "host1").reason).toMatch(/ended early .*SIGKILL|ended without a word: signal/);
    // The trap went off, and nothing of it is left to go off again.
    expect(await cluster.onHost("host1", `ls /usr/local/sbin/${program} 2>/dev/null || echo sprung`)).toBe(
      "sprung\n",
    );
  });

  test("is finished by the next run, and the one after that changes nothing", async () => {
    const { ok, hosts } = await cluster.json("configure");
    expect(hosts.map(({ reason }: HostResult) => reason)).toEqual([undefined, undefined]);
    expect(ok).toBe(true);
    expect(await cluster.json("configure")).toMatchObject({ ok: true, changed: 0 });
    expect(await cluster.json("verify")).toMatchObject({ ok: true });
  });

  test("within dpkg, is finished by the next run as well", async () => {
    // As dpkg leaves a package that it has unpacked and not set up.
    await cluster.onHost(
      "host1",
      "sed -i '/^Package: docker.io$/,/^$/s/^Status: .*/Status: install ok unpacked/' /var/lib/dpkg/status",
    );
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own notation.
    const state = "dpkg-query -W -f '${db:Status-Abbrev}' docker.io";
    expect(await cluster.onHost("host1", state)).toBe("iU ");
    expect((await cluster.run("plan")).stdout).toContain("host1: would change Docker installed\n");
    expect(await cluster.json("configure")).toMatchObject({ ok: true });
    expect(await cluster.onHost("host1", state)).toBe("ii ");
  });

  test("goes on to its end when only the connection is cut", async () => {
    await cluster.onHost("host1", "ovs-vsctl del-port gre-1-2");
    // The first look for the tunnels cuts the connection under the program, which must mend them all the same.
    await cluster.onHost(
      "host1",
      `cat >/usr/local/sbin/ovs-vsctl <<'END'
#!/bin/sh
case " $* " in *list-ports*br-overlay*) rm -f "$0"; pkill -9 -f '^sshd: root@notty'; sleep 1 ;; esac
exec /usr/bin/ovs-vsctl "$@"
END
chmod 755 /usr/local/sbin/ovs-vsctl`,
    );
    const { ok, hosts } = await cluster.json("configure", "--host", "host1");
    expect(ok).toBe(false);
    expect(onlyOf(hosts, "host1").reason).toMatch(/^host1: /);
    await expect
      .poll(() => cluster.onHost("host1", "ovs-vsctl list-ports br-overlay"), { timeout: 60_000 })
      .toBe("gre-1-2\n");
    expect(await cluster.json("configure")).toMatchObject({ ok: true, changed: 0 });
  });
});

describe("two hosts", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await playHosts("rs-life");
  });
  afterAll(() => cluster?.remove());

  const container = (host: string) => `overbridge-rs-life-${host}`;

  test("an interface is not moved where one of its routes would be lost", async () => {
    const network = "ip -o addr show dev eth0; ip route show table all";
    const gateway = (await cluster.onHost("host1", "ip route show default")).split(" ")[2];
    await cluster.onHost("host1", `ip route add 192.0.2.0/24 via ${gateway} table 100`);
    const before = await cluster.onHost("host1", network);
    const { hosts } = await cluster.json("configure", "--host", "host1");
    expect(onlyOf(hosts, "host1").reason).toMatch(
      /^datapath ready: eth0 has a route that would be lost, "192\.0\.2\.0\/24 via \S+ dev eth0 table 100/,
    );
    expect(await cluster.onHost("host1", network)).toBe(before);
    await cluster.onHost("host1", "ip route flush table 100");
  });

  test("the underlay goes back where the gateway does not answer through the bridge", async () => {
    const addresses = "ip -o -4 addr show dev eth0 | awk '{ print $4 }'";
    const before = await cluster.onHost("host1", addresses);
    const route = (await cluster.onHost("host1", "ip route show default")).trim();
    const nobody = before.trim().replace(/\.\d+\/\d+$/, ".200");
    await cluster.onHost("host1", `ip route replace default via ${nobody}`);

    const { ok, hosts } = await cluster.json("configure");
    expect(ok).toBe(false);
    const { outcome, reason } = onlyOf(hosts, "host1");
    expect(outcome).toBe("failed");
    expect(reason).toBe(`datapath ready: no answer from ${nobody} through br-phy: the underlay is as it was`);
    expect(onlyOf(hosts, "host2").outcome).toBe("done");
    expect(await cluster.onHost("host1", addresses)).toBe(before);
    expect(await cluster.onHost("host1", "ip route show default")).toContain(`via ${nobody} dev eth0`);
    expect(await cluster.onHost("host1", "ovs-vsctl list-br; ls -d /sys/class/net/br-phy || :")).toBe("");

    await cluster.onHost("host1", `ip route replace ${route}`);
    expect(await cluster.json("configure")).toMatchObject({ ok: true });
    expect(await cluster.onHost("host1", "ip route show default")).toMatch(/ dev br-phy/);
    expect(await cluster.json("verify")).toMatchObject({ ok: true });
  });

  test("one that restarts comes back by itself", async () => {
    await succeed("docker", "restart", container("host1"));
    await expect
      .poll(async () => (await cluster.run("plan")).stdout, { timeout: 120_000, interval: 500 })
      .toMatch(/host1: nothing would change\n/);
    expect((await cluster.run("plan")).exitCode).toBe(0);
    expect(await cluster.json("verify")).toMatchObject({ ok: true });
  });

  describe("with a user's own properties", () => {
    const directory = () => path.join(cluster.directory, "properties");
    const write = async (name: string, look: string, change: string) => {
      await mkdir(path.join(directory(), name), { recursive: true });
      await writeFile(path.join(directory(), name, "look"), look);
      await writeFile(path.join(directory(), name, "change"), change);
    };

    test("bring the example about, and do it once", async () => {
      const example = path.resolve(import.meta.dirname, "../../examples/properties/locale");
      await cp(example, path.join(directory(), "20-locale"), { recursive: true });
      const { ok, hosts } = await cluster.json("configure", "--properties", directory());
      expect(hosts.map(({ reason }: HostResult) => reason)).toEqual([undefined, undefined]);
      expect(ok).toBe(true);
      for (const { properties } of hosts as HostResult[]) {
        expect(properties.at(-1)).toMatchObject({ name: "20-locale", outcome: "changed" });
      }
      expect(await cluster.onHost("host2", "LANG=en_US.UTF-8 locale charmap")).toBe("UTF-8\n");
      expect((await cluster.json("configure", "--properties", directory())).changed).toBe(0);
    });

    test("one that fails is named, and fails its own host alone", async () => {
      await write("10-who", `grep -qx "$OVERBRIDGE_HOST" /etc/who`, `echo "$OVERBRIDGE_HOST" >/etc/who`);
      await write("30-odd", `[ "$OVERBRIDGE_HOST" != host2 ]`, "echo 'no such luck' >&2\nexit 7");
      await write("40-broken", "true", "if then");
      const ran = await cluster.run("configure", "--properties", directory());
      expect(ran.exitCode).toBe(1);
      expect(ran.stdout + ran.stderr).toContain("30-odd: no such luck");
      const { ok, hosts } = await cluster.json("configure", "--properties", directory());
      expect(ok).toBe(false);
      expect(onlyOf(hosts, "host1")).toMatchObject({ outcome: "done" });
      expect(onlyOf(hosts, "host2")).toMatchObject({ outcome: "failed", reason: "30-odd: no such luck" });
      expect(await cluster.onHost("host1", "cat /etc/who")).toBe("host1\n");
      expect(await cluster.onHost("host2", "cat /etc/who")).toBe("host2\n");
      expect(await cluster.json("verify")).toMatchObject({ ok: true });
    });
  });

  test("one that is gone fails alone, by name", async () => {
    await succeed("docker", "stop", "--time", "0", container("host2"));
    await cluster.onHost("host1", "ovs-vsctl del-port gre-1-2");
    const ran = await cluster.run("configure", "--timeout", "5");
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout + ran.stderr).toMatch(/^host2 failed: \S+:22 /m);
    expect(await cluster.onHost("host1", "ovs-vsctl list-ports br-overlay")).toBe("gre-1-2\n");

    const { ok, hosts } = await cluster.json("configure", "--timeout", "5");
    expect(ok).toBe(false);
    expect(onlyOf(hosts, "host1")).toMatchObject({ outcome: "done" });
    expect(onlyOf(hosts, "host2")).toMatchObject({ outcome: "failed", properties: [] });

    const verified = await cluster.json("verify");
    expect(verified.ok).toBe(false);
    expect(verified.hosts.map(({ reason }: HostResult) => reason !== undefined)).toEqual([false, true]);
    const status = await cluster.json("status");
    expect(status.hosts.map(({ reachable }: { reachable: boolean }) => reachable)).toEqual([true, false]);
  });

  test("both are back after the next up", async () => {
    await cluster.must("up");
    expect(await cluster.json("configure")).toMatchObject({ ok: true, changed: 0 });
  });
});

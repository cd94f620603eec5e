import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyPairOf } from "../../src/cluster/keys.ts";
import { connect } from "../../src/ssh/connect.ts";
import type { Machine } from "./machine/machine.ts";
import { type Machines, startMachines } from "./machine/machines.ts";

const clientKey = keyPairOf(randomBytes(32));
let lab: Machines;

beforeAll(async () => {
  lab = await startMachines(2, { authorizedKey: clientKey.publicKey });
});

afterAll(() => lab?.stop());

/** Runs a command over SSH, pinned to the machine's host key, and returns what it printed. */
async function run(machine: Machine, command: string, user = "root"): Promise<string> {
  const { name, address, port, hostKey } = machine;
  const connection = await connect(
    { name, user, address, port, hostKey },
    { privateKeys: [clientKey.privateKey] },
    { timeoutMs: 90_000 },
  );
  try {
    const { code, stdout, stderr } = await connection.run(command);
    expect(code, `${command}: ${stderr}`).toBe(0);
    return stdout.trim();
  } finally {
    connection.close();
  }
}

function onAll(command: string, user?: string): Promise<string[]> {
  return Promise.all(lab.machines.map((machine) => run(machine, command, user)));
}

describe("two emulated machines", () => {
  test("are servers of their own", async () => {
    expect(await onAll("hostname")).toEqual(["host1", "host2"]);
    expect(new Set(await onAll("cat /etc/machine-id")).size).toBe(2);
    expect(new Set(lab.machines.map((machine) => machine.hostKey)).size).toBe(2);
  });

  test("let admin become root without a password", async () => {
    expect(await onAll("id -un && sudo -n id -un", "admin")).toEqual(["admin\nroot", "admin\nroot"]);
  });

  test("reach each other with packets of 1500 bytes", async () => {
    const [first, second] = lab.machines as [Machine, Machine];
    await run(first, `ping -c 1 -M do -s 1472 ${second.address}`);
    await run(second, `ping -6 -c 1 -M do -s 1452 ${first.address6}`);
  });

  test("have Open vSwitch and its tunnels in the kernel", async () => {
    const modules = ["openvswitch", "ip_gre", "vxlan", "geneve"];
    await onAll(modules.map((module) => `modprobe ${module} && test -d /sys/module/${module}`).join(" && "));
  });

  test("run containers under cgroup v2", async () => {
    expect(await onAll("docker info --format '{{.Driver}} {{.CgroupVersion}}'")).toEqual([
      "overlay2 2",
      "overlay2 2",
    ]);
    const container =
      "tar -C /bin -c busybox | docker import - tiny >&2 && docker run --rm tiny /busybox echo inside";
    expect(await onAll(container)).toEqual(["inside", "inside"]);
  });

  test("come back from a reboot as they were", async () => {
    const [machine] = lab.machines as [Machine];
    const before = machine.bootId;
    expect(await run(machine, "touch /root/kept; cat /proc/sys/kernel/random/boot_id")).toBe(before);
    await run(machine, "systemctl reboot");
    await machine.booted(before);
    expect(machine.bootId).not.toBe(before);
    expect(await run(machine, "ls /root; cat /proc/sys/kernel/random/boot_id")).toBe(
      `kept\n${machine.bootId}`,
    );
  });

  test("leave nothing behind", async () => {
    const { name } = lab;
    expect(execFileSync("ip", ["netns"], { encoding: "utf8" })).toMatch(new RegExp(`^${name}\\b`, "m"));
    await lab.stop();
    await lab.stop();
    for (const { pid } of lab.machines) expect(() => process.kill(pid as number, 0)).toThrow("ESRCH");
    expect(execFileSync("ip", ["netns"], { encoding: "utf8" })).not.toContain(name);
    expect(execFileSync("ip", ["-brief", "link"], { encoding: "utf8" })).not.toContain(name);
    expect(existsSync(`/var/tmp/${name}`)).toBe(false);
  });
});

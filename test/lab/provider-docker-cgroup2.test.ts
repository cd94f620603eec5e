import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBaseImage } from "../../src/docker/base-image.ts";
import { ensureHostImage } from "../../src/provider/docker/host-image.ts";
import { execute, MAIN, succeed } from "./overbridge.ts";

/**
 * Control groups version 2, whatever this machine boots with: an engine of its own, in mount and network
 * namespaces where /sys/fs/cgroup is version 2 alone, and the command line beside it.
 */
const ENGINE = `
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
exec dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" --host "unix://$1/socket" \\
  --cgroup-parent "/$2" --exec-opt native.cgroupdriver=cgroupfs`;

const CLUSTER = "lab-cgroup2";
const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
const cgroups = `overbridge-lab-${process.pid}`;
let home: string;
let engine: ChildProcess;
let log = "";

beforeAll(async () => {
  const reporter = { report() {}, close() {} };
  const context = { reporter, signal: new AbortController().signal, env: process.env };
  const images = [await ensureBaseImage("debian:bookworm", context), await ensureHostImage({}, context)];
  home = await mkdtemp(join(tmpdir(), "overbridge-lab-"));
  const [command = "", ...args] = [...asRoot, "unshare", "--mount", "--net", "sh", "-euc", ENGINE, "sh"];
  engine = spawn(command, [...args, home, cgroups], { stdio: ["ignore", "ignore", "pipe"] });
  engine.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-4_000);
  });
  while ((await inside("docker", "version")).exitCode !== 0) {
    if (engine.exitCode !== null) throw new Error(`dockerd ended: ${log}`);
    await pause(200);
  }
  const copy = `docker save "$2" "$3" | ${asRoot.join(" ")} docker --host "unix://$1/socket" load`;
  await succeed("sh", "-euc", copy, "sh", home, ...images);
});

afterAll(async () => {
  if (!home) return;
  await overbridge("teardown");
  await inside("find", `/sys/fs/cgroup/${cgroups}`, ..."-depth -type d -exec rmdir {} +".split(" "));
  const ended = once(engine, "exit");
  await succeed("sh", "-euc", `${asRoot.join(" ")} kill "$(cat "$1/pid")"`, "sh", home);
  await ended;
  await execute("sh", ["-c", `${asRoot.join(" ")} rm -rf "$1"`, "sh", home]);
  await rm(home, { recursive: true, force: true });
});

/** Runs a program beside the engine, on its network. */
async function inside(...command: string[]) {
  const [program = "", ...args] = [
    ...asRoot,
    ...[
      "nsenter",
      "--target",
      String(await enginePid()),
      "--mount",
      "--net",
      "env",
      `DOCKER_HOST=unix://${home}/socket`,
    ],
    ...[`HOME=${home}`, "SSH_AUTH_SOCK=", "sh", "-c", 'cd "$HOME" && exec "$@"', "sh", ...command],
  ];
  return execute(program, args);
}

/** sudo stands between us and what it starts; unshare does not. */
async function enginePid(): Promise<number> {
  if (asRoot.length === 0) return engine.pid ?? 0;
  const { stdout } = await execute("pgrep", ["--parent", String(engine.pid)]);
  return Number(stdout.trim());
}

const overbridge = (command: string, ...args: string[]) =>
  inside(process.execPath, MAIN, command, "--cluster", CLUSTER, ...args);

test("two hosts come up, carry containers and go, with control groups version 2 alone", async () => {
  const up = await overbridge("up", "--provider", "docker", "--hosts", "2");
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });
  const look = "stat -fc %T /sys/fs/cgroup; docker info --format '{{.CgroupVersion}} {{.CgroupDriver}}'";
  expect((await overbridge("exec", "host1", "--", look)).stdout).toBe("cgroup2fs\n2 systemd\n");
  const verified = JSON.parse((await overbridge("verify", "--json")).stdout);
  expect(verified).toMatchObject({ ok: true });
  expect(verified.pairs).toHaveLength(2);
  expect(await overbridge("teardown")).toMatchObject({ exitCode: 0 });
  const left = await inside(
    "sh",
    "-c",
    "docker ps --all --quiet; docker volume ls --quiet; docker network ls --quiet --filter label=overbridge.cluster",
  );
  expect(left).toMatchObject({ exitCode: 0, stdout: "" });
});

import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBaseImage } from "../../src/docker/base-image.ts";
import { openEngine } from "../../src/docker/engine.ts";
import { Failure } from "../../src/errors.ts";
import { inContainer } from "../../src/ovs/container.ts";
import { readPackageSet } from "../../src/ovs/package-set.ts";
import { FETCH_DISTRO_SOURCE } from "../../src/ovs/recipe.ts";
import { selectForHost } from "../../src/ovs/select.ts";
import type { Event } from "../../src/report/reporter.ts";
import { buildOvs, buildOvsInputs } from "../../src/steps/build-ovs.ts";
import type { Context } from "../../src/steps/context.ts";
import { type Cluster, playCluster } from "./overbridge.ts";

const TARGET = "debian:bookworm";
const room = mkdtempSync(join(tmpdir(), "overbridge-build-ovs-"));
const cache = join(room, "cache");
const tarball = join(room, "openvswitch.tar.gz");
afterAll(() => rmSync(room, { recursive: true, force: true }));

/** A context of its own, what was reported to it, and a way to cancel. */
function open(onEvent: (event: Event) => void = () => {}) {
  const events: Event[] = [];
  const abort = new AbortController();
  const report = (event: Event) => {
    events.push(event);
    onEvent(event);
  };
  const context: Context = {
    reporter: { report, close() {} },
    signal: abort.signal,
    env: { ...process.env, OVERBRIDGE_CACHE: cache },
  };
  return { context, events, abort };
}

const inputs = (given: object) => buildOvsInputs.parse({ target: TARGET, source: tarball, ...given });

/** The phases that were gone through, each with its outcome. */
const phasesOf = (events: readonly Event[]) =>
  events.flatMap((event) => (event.kind === "property" ? [`${event.property} ${event.outcome}`] : []));

/** Containers, work directories and logs that builds of this process have left. */
function leftovers(): string[] {
  const filter = `label=overbridge.owner=${process.pid}@${hostname()}`;
  const containers = execFileSync("docker", ["ps", "-aq", "--filter", filter], { encoding: "utf8" });
  const names = (directory: string) => (existsSync(directory) ? readdirSync(directory) : []);
  return [
    ...containers.split("\n").filter(Boolean),
    ...names(join(cache, "ovs")).filter((name) => name.startsWith("work-")),
    ...names(join(cache, "logs")),
  ];
}

beforeAll(async () => {
  const { context } = open();
  const image = await ensureBaseImage(TARGET, context);
  const job = { purpose: "test", image, program: FETCH_DISTRO_SOURCE, network: true };
  await inContainer(openEngine(context), job, (ended) => ended.copyOut("/out", room));
});

describe("a build from openvswitch-source's tarball", () => {
  test("that is cancelled while it configures leaves nothing", async () => {
    const reason = new Error("cancelled");
    const { context, abort, events } = open((event) => {
      if (event.kind === "doing" && event.text === "configure") setImmediate(() => abort.abort(reason));
    });
    const output = join(room, "cancelled");
    await expect(buildOvs(inputs({ output }), context)).rejects.toBe(reason);
    expect(phasesOf(events)).toContain("configure failed");
    expect(leftovers()).toEqual([]);
    expect(existsSync(output)).toBe(false);
  });

  test("that fails names the phase and shows its log's end", async () => {
    const { context, events } = open();
    const broken = breakRules();
    const output = join(room, "failed");
    const error: unknown = await buildOvs(inputs({ source: broken, output }), context).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(Failure);
    const log = /^configure failed for debian:bookworm: .*; log: (\S+)$/.exec((error as Error).message)?.[1];
    expect(readFileSync(log!, "utf8")).toContain("line 99\nline 100\n");
    const shown = events.flatMap((event) => (event.kind === "property" ? (event.log ?? []) : []));
    expect(shown).toHaveLength(40);
    expect(shown).toContain("line 100");
    rmSync(log!);
    expect(leftovers()).toEqual([]);
    expect(existsSync(output)).toBe(false);
  });

  test("makes a set that is whole, and the second time it is served from the cache", {
    timeout: 1_200_000,
  }, async () => {
    const first = open();
    const made = await buildOvs(inputs({ output: join(room, "first") }), first.context);
    expect(made.cached).toBe(false);
    expect(phasesOf(first.events).map((text) => text.split(" ")[0])).toEqual([
      ...["image", "source", "dependencies", "configure", "compile", "package", "prove"],
    ]);
    const set = await readPackageSet(join(room, "first"));
    expect(set.manifest).toMatchObject({ openvswitch: "3.1.0", target: TARGET });
    const own = set.manifest.packages.filter(({ role }) => role === "openvswitch");
    expect(own.map((entry) => entry.package)).toEqual([
      ...["openvswitch-common", "openvswitch-switch", "python3-openvswitch"],
    ]);
    const architecture = set.manifest.architecture;
    expect(selectForHost(set, { distribution: "debian", version: "12", architecture })).toHaveLength(
      set.manifest.packages.length,
    );

    const second = open();
    const again = await buildOvs(inputs({ output: join(room, "second") }), second.context);
    expect(again.cached).toBe(true);
    expect(phasesOf(second.events)).toEqual(["image ok", "source ok"]);
    for (const file of readdirSync(join(room, "first"))) {
      expect(readFileSync(join(room, "second", file)).equals(readFileSync(join(room, "first", file)))).toBe(
        true,
      );
    }
    expect(readdirSync(join(room, "second"))).toEqual(readdirSync(join(room, "first")));
    expect(leftovers()).toEqual([]);
  });
});

describe("hosts that get the set", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await playCluster("lab-packages", { OVERBRIDGE_CACHE: cache });
    await cluster.must("up", "--provider", "docker", "--hosts", "2");
  });
  afterAll(() => cluster?.remove());

  const versionOn = (host: string) =>
    cluster.onHost(host, `dpkg-query -W -f '\${Version}' openvswitch-switch`);

  test("refuse one for another distribution, before anything is sent", async () => {
    const other = join(room, "other");
    cpSync(join(room, "first"), other, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(other, "manifest.json"), "utf8"));
    writeFileSync(join(other, "manifest.json"), JSON.stringify({ ...manifest, target: "debian:trixie" }));
    const { ok, changed, hosts } = await cluster.json("configure", "--ovs-packages", other);
    expect({ ok, changed }).toEqual({ ok: false, changed: 0 });
    expect(hosts[0].reason).toMatch(
      /^host1: the packages in .* are for Debian 13 \w+, the host has Debian 12/,
    );
    await cluster.onHost("host1", "test ! -e /var/cache/overbridge");
  });

  test("are upgraded to it with the overlay kept, and told how long that took", async () => {
    expect(await versionOn("host1")).not.toContain("overbridge");
    const plan = await cluster.run("plan", "--ovs-packages", join(room, "first"));
    expect(plan.stdout).toContain("host1: would change Open vSwitch installed\n");
    const ran = await cluster.run("configure", "--ovs-packages", join(room, "first"));
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toMatch(
      /host1 its containers were off the overlay for \d+ ms while Open vSwitch was upgraded/,
    );
    expect(await versionOn("host1")).toMatch(/\+overbridge\.[0-9a-f]{8}$/);
    await cluster.onHost("host1", "test ! -e /var/cache/overbridge/packages");
    expect((await cluster.run("verify")).exitCode).toBe(0);
    expect((await cluster.json("configure", "--ovs-packages", join(room, "first"))).changed).toBe(0);
  });

  test("come up with it in one command, from the cache", async () => {
    const { ok, configured } = await cluster.json("up", "--ovs", "build", "--ovs-source", tarball);
    expect({ ok, changed: configured.changed }).toEqual({ ok: true, changed: 0 });
  });
});

test("a cached set that was changed is noticed, and made again", { timeout: 600_000 }, async () => {
  const { context, events } = open();
  const request = inputs({ source: "packages", output: join(room, "packages") });
  const { set } = await buildOvs(request, context);
  const entry = join(cache, "ovs", set.manifest.key.replace(":", "-"));
  appendFileSync(join(entry, set.manifest.packages[0]!.file), "more");

  const again = await buildOvs(request, context);
  expect(again.cached).toBe(false);
  expect(events).toContainEqual(
    expect.objectContaining({ kind: "warning", text: expect.stringContaining("set of packages is broken") }),
  );
  expect(again.set.manifest).toEqual(set.manifest);
  expect((await readPackageSet(entry)).manifest).toEqual(set.manifest);
  expect((await buildOvs(request, context)).cached).toBe(true);
});

/** The tarball again, with rules that print a hundred lines and fail. */
function breakRules(): string {
  const tree = join(room, "broken");
  mkdirSync(tree);
  execFileSync("tar", ["-xzf", tarball, "-C", tree]);
  writeFileSync(
    join(tree, "openvswitch", "debian", "rules"),
    "#!/usr/bin/make -f\n%:\n\t@for i in $$(seq 100); do echo line $$i; done; exit 3\n",
  );
  const path = join(room, "broken.tar.gz");
  execFileSync("tar", ["-czf", path, "-C", tree, "openvswitch"]);
  rmSync(tree, { recursive: true });
  return path;
}

import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Failure, InputError } from "../../src/errors.ts";
import { phaseOf } from "../../src/ovs/build.ts";
import { reasonIn } from "../../src/ovs/site.ts";
import type { Event } from "../../src/report/reporter.ts";
import { buildOvs, buildOvsInputs } from "../../src/steps/build-ovs.ts";
import { describeInputs } from "../../src/steps/describe.ts";
import { temporary } from "./fixture.ts";

/**
 * Runs the step with a `docker` that appends its arguments to a file and then does what `script` says.
 *
 * @returns the error, what was reported, the calls, and what is left in the cache and beside the output.
 */
async function runWith(script: string, given: object = {}) {
  const room = await temporary();
  const calls = join(room, "calls");
  const docker = join(room, "docker");
  await writeFile(docker, `#!/bin/sh\necho "$*" | tr '\\n' ' ' >>${calls}\necho >>${calls}\n${script}\n`);
  await chmod(docker, 0o755);
  const tarball = join(room, "ovs.tar.gz");
  await writeFile(tarball, "any bytes");

  const events: Event[] = [];
  const cache = join(room, "cache");
  const error: unknown = await buildOvs(
    buildOvsInputs.parse({
      target: "debian:bookworm",
      source: tarball,
      output: join(room, "output"),
      ...given,
    }),
    {
      reporter: { report: (event) => events.push(event), close() {} },
      signal: new AbortController().signal,
      env: { PATH: `${room}:${process.env.PATH}`, OVERBRIDGE_CACHE: cache },
    },
  ).catch((reason: unknown) => reason);
  const names = (path: string) => readdir(path).catch(() => []);
  return {
    error,
    events,
    calls: (await readFile(calls, "utf8").catch(() => ""))
      .split("\n")
      .map((call) => call.trim())
      .filter(Boolean),
    left: [...(await names(join(cache, "ovs"))), ...(await names(join(room, "output")))],
    logs: await names(join(cache, "logs")),
  };
}

/** A docker that has the image, and whose containers print a line and exit with a code. */
const engine = (output: string, code: number) => `
case $1 in
  version) echo amd64 ;;
  image) echo sha256:1 ;;
  start) echo "${output}"; exit ${code} ;;
esac`;

describe("a build that fails", () => {
  test.each([
    [61, "source: expected a gzip-compressed tar archive"],
    [62, "source: expected Open vSwitch's source: no vswitchd/ovs-vswitchd.c in it"],
    [63, "source: expected a release tarball: no debian/ packaging or no ./configure in it"],
  ])("for its source (%d) is the user's to mend, and leaves nothing", async (code, message) => {
    const { error, calls, left, logs } = await runWith(engine("", code));
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toBe(message);
    const created = calls.filter((call) => call.startsWith("create")).map((call) => call.split(" ")[2]);
    expect(created).toEqual([expect.stringMatching(/^overbridge-ovs-inspect-[0-9a-f]{8}$/)]);
    expect(calls.at(-1)).toBe(`rm --force --volumes ${created[0]}`);
    expect([...left, ...logs]).toEqual([]);
  });

  test("for a full disk says so, and keeps its log", async () => {
    const { error, events, left, logs } = await runWith(engine("tar: x: No space left on device", 2));
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).message).toMatch(/^source failed for debian:bookworm: tar: x: No space left/);
    expect((error as Failure).hint).toBe("free disk space where Docker keeps its data");
    expect(events.at(-1)).toMatchObject({
      ...{ kind: "property", property: "source", outcome: "failed" },
      log: expect.arrayContaining(["tar: x: No space left on device"]),
    });
    expect(left).toEqual([]);
    expect(logs).toHaveLength(1);
    expect((error as Failure).message).toContain(logs[0]);
  });

  test("removes the containers that a killed build of this machine left", async () => {
    const listed = `ps) printf '%s\\n' "aaa 4194999@${hostname()}" "bbb ${process.pid}@${hostname()}" "ccc 1@elsewhere" ;;`;
    const { calls } = await runWith(engine("", 61).replace("version)", `${listed}\n  version)`));
    expect(calls).toContain("rm --force --volumes aaa");
    expect(calls.join("\n")).not.toMatch(/rm --force --volumes (bbb|ccc)/);
  });
});

describe("before anything is asked of Docker", () => {
  test.each([
    [{ source: "/nowhere.tar.gz" }, /^source: expected upstream, distro, packages/],
    [
      { source: "upstream", ovsVersion: "9.9.9" },
      /^ovs-version: no digest is known for Open vSwitch 9\.9\.9/,
    ],
    [{ sha256: "0".repeat(64) }, /expected sha256 0{64}, found [0-9a-f]{64}$/],
    [{ output: "/dev/null/x" }, /^output: \/dev\/null\/x cannot be written/],
  ])("%j is refused", async (given, message) => {
    const { error, calls, left } = await runWith("exit 1", given);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(message);
    expect([...calls, ...left]).toEqual([]);
  });
});

test("another architecture than the engine's is refused", async () => {
  const { error, calls } = await runWith(engine("", 0), { arch: "arm64" });
  expect((error as InputError).message).toBe("arch: expected an engine that runs arm64, found amd64");
  expect(calls).toHaveLength(1);
});

test.each([
  ["   dh_auto_build", "compile"],
  ["   debian/rules override_dh_auto_build", "compile"],
  ["   debian/rules override_dh_auto_test", "compile"],
  ["   dh_prep", "package"],
  ["   dh_autoreconf", undefined],
  ["\tdh_auto_build --sourcedirectory=_debian", undefined],
  ["checking for dh_prep", undefined],
])("debhelper's line %j begins %s", (line, phase) => {
  expect(phaseOf(line)).toBe(phase);
});

test.each([
  [
    ["cc -c x.c", "x.c:1:2: error: no such thing", "make: *** [x.o] Error 1"],
    "x.c:1:2: error: no such thing",
  ],
  [["E: Unable to locate package openvswitch-switch"], "E: Unable to locate package openvswitch-switch"],
  [["E: dpkg failed", "write failed: No space left on device"], "write failed: No space left on device"],
  [["all went well", "until here"], "until here"],
  [[], undefined],
])("of %j the reason is %j", (lines, reason) => {
  expect(reasonIn(lines)).toBe(reason);
});

test("every input is described", () => {
  expect(describeInputs(buildOvsInputs).filter(({ description }) => description === "")).toEqual([]);
});

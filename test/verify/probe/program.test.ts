import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { quote } from "../../../src/host/shell.ts";
import { probeProgram } from "../../../src/verify/probe/program.ts";
import { type Probe, startProbe } from "../../../src/verify/probe/session.ts";
import { localConnection } from "../local-connection.ts";

const connection = localConnection("here");
const probes: Probe[] = [];
// Somebody else's test may be on the same loopback.
const [aa, bb, cc, dd] = Array.from({ length: 4 }, () => randomBytes(8).toString("hex")) as [
  string,
  string,
  string,
  string,
];

/** A probe on this machine's loopback, which needs no privilege as long as no echo is asked for. */
async function probeOn(...argv: string[]): Promise<Probe> {
  const probe = await startProbe(connection, `exec perl -e ${quote(probeProgram)} ${argv.join(" ")}`);
  probes.push(probe);
  return probe;
}

afterEach(async () => {
  await Promise.all(probes.splice(0).map((probe) => probe.end()));
});

describe("the probe", () => {
  test("uses nothing that a host with perl-base alone does not have", async () => {
    const isolated = `BEGIN { @INC = grep m{/perl-base$}, @INC or die "no perl-base" } ${probeProgram}`;
    const { stdout, stderr } = await connection.run(`perl -e ${quote(isolated)}`, { stdin: "" });
    expect(stderr).toBe("");
    expect(stdout).toBe("ready\n");
  });

  test("compiles without a warning", async () => {
    const { stderr } = await connection.run(`perl -wc -e ${quote(probeProgram)}`);
    expect(stderr).toBe("-e syntax OK\n");
  });

  test("says where it is, and hears each broadcast as often as it came", async () => {
    const probe = await probeOn("lo");
    expect(probe.address).toBe("127.0.0.1");
    expect(probe.mtu).toBeGreaterThan(1000);
    await probe.shout(aa);
    await probe.shout(bb);
    await probe.shout(bb);
    expect(await probe.hear([aa, bb])).toEqual(
      new Map([
        [aa, 1],
        [bb, 2],
      ]),
    );
  });

  test("does not wait for ever for a broadcast that does not come", async () => {
    const probe = await probeOn("lo");
    expect(await probe.hear([cc])).toEqual(new Map([[cc, 0]]));
  });

  test("measures a stream to another probe", async () => {
    const [from, to] = [await probeOn(), await probeOn()];
    const { port, received } = await to.sink(1);
    const [, { bytes, seconds }] = await Promise.all([from.source("127.0.0.1", port, 1), received]);
    expect(bytes).toBeGreaterThan(1e6);
    expect(seconds).toBeGreaterThan(0.5);
  });

  test("says why it cannot do something, and goes on", async () => {
    const probe = await probeOn("lo");
    await expect(probe.source("127.0.0.1", 1, 1)).rejects.toThrow(
      "here: the probe failed: connect: Connection refused",
    );
    await probe.shout(dd);
    expect(await probe.hear([dd])).toEqual(new Map([[dd, 1]]));
  });

  test("that cannot start says why", async () => {
    await expect(probeOn("nonesuch")).rejects.toThrow(
      "here: the probe did not start: interface nonesuch: No such device",
    );
  });

  test("ends when its standard input does, whatever it was told before", async () => {
    const { stdout, code } = await connection.run(`perl -e ${quote(probeProgram)}`, {
      stdin: "nonsense; rm\n",
    });
    expect(stdout).toBe("ready\nfailed no command: nonsense;\n");
    expect(code).toBe(0);
  });
});

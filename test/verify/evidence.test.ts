import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { evidenceProgram, readEvidence } from "../../src/verify/evidence.ts";
import { localConnection } from "./local-connection.ts";

const digest = `sha256:${"5a".repeat(32)}`;

/** As Open vSwitch 3.1 prints it. */
const interfaces =
  '{"data":[["gre-1-2","gre",["map",[["key","77"],["local_ip","10.0.0.3"],["remote_ip","10.0.0.9"]]],["set",[]]],["br-overlay","internal",["map",[]],["set",[]]],["vxl-1-3","vxlan",["map",[]],"vxl-1-3: vxlan type requires valid \'remote_ip\' argument"]],"headings":["name","type","options","error"]}';
const ports =
  '{"data":[["vxl-1-3",false],["br-overlay",false],["gre-1-2",true]],"headings":["name","protected"]}';

const dumped = `OFPST_PORT reply (xid=0x2): 2 ports
  port LOCAL: rx pkts=3, bytes=390, drop=0, errs=0, frame=0, over=0, crc=0
           tx pkts=4, bytes=400, drop=0, errs=0, coll=0
  port  "gre-1-2": rx pkts=1200, bytes=0, drop=?, errs=?, frame=?, over=?, crc=?
           tx pkts=1300, bytes=0, drop=?, errs=?, coll=?`;

const whole = `digest ${digest}
joined
filters
bridge
interfaces ${interfaces}
ports ${ports}
packets LOCAL rx 3
packets LOCAL tx 4
packets gre-1-2 rx 1200
packets gre-1-2 tx 1300
`;

describe("evidence", () => {
  test("has no word of a host's that would do something to a terminal", () => {
    const hostile = interfaces
      .replace('"gre",', '"gre\\u001b[2J\\n::stop",')
      .replace("10.0.0.9", "\\u001b]52;c;x\\u0007");
    const { tunnels } = readEvidence(whole.replace(interfaces, hostile));
    const { type, options } = tunnels.get("gre-1-2")!;
    expect([type, ...Object.values(options)].join()).toMatch(/^[\x20-\x7e]+$/);
  });

  test("is read off a configured host", () => {
    expect(readEvidence(whole)).toEqual({
      digest,
      hasBridge: true,
      isJoined: true,
      filtersBridges: true,
      tunnels: new Map([
        [
          "gre-1-2",
          {
            type: "gre",
            options: { key: "77", local_ip: "10.0.0.3", remote_ip: "10.0.0.9" },
            isProtected: true,
            rx: 1200,
            tx: 1300,
          },
        ],
        ["br-overlay", { type: "internal", options: {}, isProtected: false, rx: 0, tx: 0 }],
        [
          "vxl-1-3",
          {
            type: "vxlan",
            options: {},
            error: "vxl-1-3: vxlan type requires valid 'remote_ip' argument",
            isProtected: false,
            rx: 0,
            tx: 0,
          },
        ],
      ]),
    });
  });

  test("is read off a host whose switch is down", () => {
    expect(readEvidence("digest \nswitch ovs-vsctl: database connection failed\n")).toEqual({
      switchError: "ovs-vsctl: database connection failed",
      hasBridge: false,
      isJoined: false,
      filtersBridges: false,
      tunnels: new Map(),
    });
  });

  test("from a host that says anything at all is read without an error", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.json().map((json) => `interfaces ${json}`),
      fc.json().map((json) => `ports ${json}`),
      fc.constantFrom(...whole.split("\n")),
    );
    fc.assert(
      fc.property(fc.array(piece), (lines) => {
        expect(readEvidence(lines.join("\n")).tunnels).toBeInstanceOf(Map);
      }),
    );
  });

  describe("is gathered", () => {
    let stubs: string;
    beforeEach(async () => {
      stubs = await mkdtemp(path.join(tmpdir(), "overbridge-stubs-"));
    });
    afterEach(() => rm(stubs, { recursive: true }));

    /** Runs the program where the switch's tools are these shell scripts. */
    async function gathered(tools: Record<string, string>) {
      for (const [name, body] of Object.entries(tools)) {
        await writeFile(path.join(stubs, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      }
      const stdin = `PATH=${stubs}:$PATH\n${evidenceProgram}`;
      const { stdout, stderr } = await localConnection("here").run("sh", { stdin });
      expect(stderr).toBe("");
      return readEvidence(stdout);
    }

    test("from the switch, with the counters as it prints them", async () => {
      const evidence = await gathered({
        "ovs-vsctl": `case "$*" in
          *Interface) cat <<'EOF'\n${interfaces}\nEOF\n;;
          *Port) cat <<'EOF'\n${ports}\nEOF\n;;
        esac`,
        "ovs-ofctl": `cat <<'EOF'\n${dumped}\nEOF`,
      });
      expect(evidence.hasBridge).toBe(true);
      expect(evidence.tunnels.get("gre-1-2")).toMatchObject({ isProtected: true, rx: 1200, tx: 1300 });
      expect(evidence.tunnels.get("vxl-1-3")).toMatchObject({ isProtected: false, rx: 0, tx: 0 });
    });

    test("from a host whose switch is down", async () => {
      const evidence = await gathered({ "ovs-vsctl": "echo ovs-vsctl: connection failed >&2; exit 1" });
      expect(evidence).toMatchObject({ switchError: "ovs-vsctl: connection failed", hasBridge: false });
    });
  });
});

import { describe, expect, test } from "vitest";
import { makeHostList } from "../../src/cluster/host-list.ts";
import type { tunnelTypes } from "../../src/cluster/tunnel.ts";
import { hostProgram } from "../../src/host/host-program.ts";

const hostKey = `ssh-ed25519 SHA256:${"A".repeat(43)}`;

function programOver(type: (typeof tunnelTypes)[number], underlays: readonly string[]): string {
  const list = makeHostList({
    cluster: "main",
    overlay: { name: "overbridge", network: "10.88.0.0/16", subnetPrefix: 24 },
    tunnel: { type },
    datapath: "auto",
    hosts: underlays.map((underlay, index) => ({
      id: index + 1,
      name: `host${index + 1}`,
      ssh: { user: "root", address: `192.0.2.${index + 1}`, port: 22, hostKey },
      underlay,
    })),
  });
  return hostProgram(list, list.hosts[0]!, { mode: "run" }).text;
}

describe("the interface of a tunnel", () => {
  test.each([
    ["gre", "gre", "ip_gre"],
    ["vxlan", "vxlan", "vxlan"],
    ["geneve", "geneve", "geneve"],
  ] as const)("over IPv4, by %s, is of type %s and needs %s", (tunnel, type, module) => {
    const program = programOver(tunnel, ["192.0.2.1", "192.0.2.2"]);
    expect(program).toMatch(new RegExp(`set Interface \\S+ type=${type} .*remote_ip="192\\.0\\.2\\.2"`));
    expect(program).toContain(`module_there ${module};`);
  });

  test.each([
    ["gre", "ip6gre", "ip6_gre"],
    ["vxlan", "vxlan", "vxlan"],
    ["geneve", "geneve", "geneve"],
  ] as const)("over IPv6, by %s, is of type %s and needs %s", (tunnel, type, module) => {
    const program = programOver(tunnel, ["2001:db8::1", "2001:db8::2"]);
    expect(program).toMatch(new RegExp(`set Interface \\S+ type=${type} .*remote_ip="2001:db8::2"`));
    expect(program).toContain(`module_there ${module};`);
  });
});

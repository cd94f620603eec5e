import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import { chooseTunnel, firewallSpec, firewallsOver } from "../../../src/provider/digitalocean/firewall.ts";
import type { Firewall } from "../../../src/provider/digitalocean/schema.ts";

describe("the tunnel type", () => {
  test.each([
    ["auto", [], "gre"],
    ["gre", [], "gre"],
    ["geneve", [], "geneve"],
    ["auto", ["edge"], "vxlan"],
    ["vxlan", ["edge"], "vxlan"],
    ["geneve", ["edge"], "geneve"],
  ] as const)("%s with firewalls %j is %s", (requested, firewalls, expected) => {
    expect(chooseTunnel(requested, firewalls)).toBe(expected);
  });

  test("gre with a firewall is refused with the reason", () => {
    expect(() => chooseTunnel("gre", ["edge"])).toThrow(InputError);
    expect(() => chooseTunnel("gre", ["edge"])).toThrow(/'edge', whose rules know tcp, udp and icmp alone/);
  });
});

test("our firewall lets in SSH from the given networks and the tunnel from the cluster's own droplets, no more", () => {
  expect(firewallSpec("demo", "geneve", ["198.51.100.0/24"])).toMatchObject({
    name: "overbridge-demo",
    tags: ["overbridge-cluster-demo"],
    inbound_rules: [
      { protocol: "tcp", ports: "22", sources: { addresses: ["198.51.100.0/24"] } },
      { protocol: "udp", ports: "6081", sources: { tags: ["overbridge-cluster-demo"] } },
    ],
  });
});

test("a firewall is over droplets by tag, in any case, or by id", () => {
  const firewall = (name: string, tags: string[], droplet_ids: number[]): Firewall => ({
    id: "0b1a7a4e-6d5a-4a51-8a0e-0c7c1b1a0001",
    name,
    tags,
    droplet_ids,
    inbound_rules: [],
    outbound_rules: [],
  });
  const all = [firewall("by-tag", ["Team"], []), firewall("by-id", [], [7]), firewall("other", ["x"], [8])];
  expect(firewallsOver(all, ["team"], [7]).map(({ name }) => name)).toEqual(["by-tag", "by-id"]);
});

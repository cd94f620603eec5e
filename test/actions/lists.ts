import { type HostList, makeHostList } from "../../src/cluster/host-list.ts";

/** A host list of so many hosts, each on a loopback address of its own where nobody listens. */
export function listOf(count: number, cluster = "test"): HostList {
  return makeHostList({
    cluster,
    overlay: { name: "overbridge", network: "10.0.0.0/8", subnetPrefix: 24 },
    tunnel: { type: "gre" },
    datapath: "auto",
    hosts: Array.from({ length: count }, (_, index) => ({
      id: index + 1,
      name: `host${index + 1}`,
      ssh: {
        user: "root",
        address: `127.1.${index >> 8}.${index & 255}`,
        port: 1,
        hostKey: `ssh-ed25519 SHA256:${"A".repeat(43)}`,
      },
      underlay: `192.0.${2 + Math.floor(index / 250)}.${1 + (index % 250)}`,
    })),
  });
}

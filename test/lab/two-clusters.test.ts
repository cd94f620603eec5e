import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, dockerLeftovers, playCluster } from "./overbridge.ts";

/** Two clusters side by side with the same overlay and different tunnels: neither sees the other. */
let vxlan: Cluster;
let geneve: Cluster;
beforeAll(async () => {
  vxlan = await playCluster("lab-vxlan");
  geneve = await playCluster("lab-geneve");
  const size = ["--provider", "docker", "--hosts", "2", "--network-name", "my.net"];
  await Promise.all([
    vxlan.must("up", ...size, "--tunnel", "vxlan", "--network", "10.99.0.0/20"),
    geneve.must("up", ...size, "--tunnel", "geneve", "--network", "10.99.0.0/20"),
  ]);
});
afterAll(() => Promise.all([vxlan?.remove(), geneve?.remove()]));

test("each verifies with a network and subnets of its own choosing", async () => {
  const results = await Promise.all([vxlan.json("verify"), geneve.json("verify")]);
  expect(results.map(({ ok }) => ok)).toEqual([true, true]);
  const inspect =
    "docker network inspect my.net --format '{{range .IPAM.Config}}{{.Subnet}} {{.IPRange}}{{end}}'";
  expect(await vxlan.onHost("host2", inspect)).toBe("10.99.0.0/20 10.99.0.32/28\n");
  expect(await vxlan.onHost("host1", "ovs-vsctl list-ports br-overlay")).toBe("vxl-1-2\n");
  expect(await geneve.onHost("host1", "ovs-vsctl list-ports br-overlay")).toBe("gnv-1-2\n");
});

test("a host belongs to one cluster: another's configure is refused by the host", async () => {
  const list = JSON.parse(await vxlan.must("provision", "--json"));
  const stranger = await playCluster("lab-stranger", { OVERBRIDGE_SECRET: await secretOf(vxlan) });
  const { writeFile } = await import("node:fs/promises");
  const file = `${stranger.directory}/hosts.json`;
  await writeFile(file, JSON.stringify({ ...list, cluster: "lab-stranger" }));
  const key = `${stranger.directory}/key`;
  await writeFile(key, await clientKeyOf(vxlan), { mode: 0o600 });
  const { ok, changed, hosts } = await stranger.json("configure", "--hosts-file", file, "--key", key);
  await stranger.remove();
  expect({ ok, changed }).toEqual({ ok: false, changed: 0 });
  expect(hosts).toHaveLength(2);
  expect(hosts[0].reason).toContain("the host belongs to cluster lab-vxlan, not lab-stranger");
});

test("the teardown of one leaves the other as it is", async () => {
  await vxlan.must("down");
  expect(await dockerLeftovers("lab-vxlan")).toEqual([]);
  expect(await vxlan.files()).toEqual([]);
  expect((await geneve.run("verify")).exitCode).toBe(0);
});

async function secretOf(cluster: Cluster): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return (await readFile(`${cluster.directory}/.overbridge/${cluster.cluster}/secret`, "utf8")).trim();
}

async function clientKeyOf(cluster: Cluster): Promise<string> {
  const { deriveClientKey } = await import("../../src/cluster/keys.ts");
  const { parseSecret } = await import("../../src/cluster/secret.ts");
  return deriveClientKey(parseSecret(await secretOf(cluster), "secret"), cluster.cluster).privateKey;
}

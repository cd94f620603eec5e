import fc from "fast-check";
import { expect, test } from "vitest";
import { ipAddress } from "../../../src/cluster/schema.ts";
import { ensureNetwork, underlayAddress, uniqueLocalSubnet } from "../../../src/provider/docker/network.ts";
import { fakeNetworks } from "./fake-networks.ts";

const network = {
  name: "overbridge-main",
  bridge: "br-0",
  subnet: "172.18.0.0/16",
  subnet6: "fd00:1:2:3::/64",
};

test("addresses follow from ids: in the subnet, none the machine's, none twice", () => {
  const id = fc.integer({ min: 1, max: 65_532 });
  fc.assert(
    fc.property(fc.uniqueArray(id, { minLength: 2 }), (ids) => {
      const addresses = ids.map((one) => underlayAddress(network, one));
      expect(new Set(addresses.map(({ ipv4 }) => ipv4)).size).toBe(ids.length);
      expect(new Set(addresses.map(({ ipv6 }) => ipv6)).size).toBe(ids.length);
      for (const { ipv4, ipv6 } of addresses) {
        expect(ipv4).toMatch(/^172\.18\./);
        expect(["172.18.0.0", "172.18.0.1", "172.18.255.255"]).not.toContain(ipv4);
        expect(ipAddress.parse(ipv6)).toBe(ipv6);
      }
    }),
  );
});

test("the first and the last host of a small network, and one too many", () => {
  const small = { name: "overbridge-main", bridge: "br-0", subnet: "192.168.16.0/28" };
  expect(underlayAddress(small, 1)).toEqual({ ipv4: "192.168.16.2" });
  expect(underlayAddress(small, 13)).toEqual({ ipv4: "192.168.16.14" });
  const message = "host 14: expected an id up to 13, network overbridge-main is 192.168.16.0/28";
  expect(() => underlayAddress(small, 14)).toThrow(message);
});

test("an IPv6 address is in its one spelling", () => {
  const zeroes = { ...network, subnet6: "fd00:1:0:0::/64" };
  expect(underlayAddress(zeroes, 9).ipv6).toBe("fd00:1::a");
});

test("a unique local subnet follows from the cluster's name alone", () => {
  const name = fc.stringMatching(/^[a-z0-9]{1,40}$/);
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(uniqueLocalSubnet(a)).toMatch(/^fd[0-9a-f]{2}(:[0-9a-f]{1,4}){3}::\/64$/);
      expect(uniqueLocalSubnet(a) === uniqueLocalSubnet(b)).toBe(a === b);
    }),
  );
});

test("takes the subnet that Docker picks, and finds the network again", async () => {
  const { engine, networks } = fakeNetworks();
  const made = await ensureNetwork(engine, "main", false);
  expect(made).toMatchObject({ name: "overbridge-main", subnet: "172.18.0.0/16" });
  expect(networks.map(({ name, given }) => [name, given])).toEqual([["overbridge-main", true]]);
  expect(await ensureNetwork(engine, "main", false)).toEqual(made);
  expect(networks).toHaveLength(1);
});

test("takes the next subnet where another network was quicker", async () => {
  const { engine, networks } = fakeNetworks({ thieves: 2 });
  expect(await ensureNetwork(engine, "main", false)).toMatchObject({ subnet: "172.20.0.0/16" });
  expect(networks.filter(({ name }) => name === "overbridge-main")).toHaveLength(1);
});

test("clears away a probe that a killed run left", async () => {
  const { engine, networks } = fakeNetworks();
  const labels = ["--label", "overbridge.cluster=main", "--label", "overbridge.role=probe"];
  await engine.run(["network", "create", ...labels, "overbridge-main"]);
  await ensureNetwork(engine, "main", false);
  expect(networks.map(({ given }) => given)).toEqual([true]);
});

test("refuses a network of that name which is not the cluster's", async () => {
  const { engine, networks } = fakeNetworks();
  await engine.run(["network", "create", "overbridge-main"]);
  await expect(ensureNetwork(engine, "main", false)).rejects.toMatchObject({
    name: "Failure",
    message: expect.stringMatching(/^network overbridge-main: expected one labelled overbridge.cluster=main/),
  });
  expect(networks).toHaveLength(1);
});

test("adds IPv6 where asked for, and refuses to add it later", async () => {
  const { engine } = fakeNetworks();
  expect(await ensureNetwork(engine, "six", true)).toMatchObject({ subnet6: uniqueLocalSubnet("six") });
  await ensureNetwork(engine, "four", false);
  await expect(ensureNetwork(engine, "four", true)).rejects.toMatchObject({ name: "InputError" });
});

test("gives up where every subnet is taken at once", async () => {
  const { engine, networks } = fakeNetworks({ thieves: 100 });
  await expect(ensureNetwork(engine, "main", false)).rejects.toThrow("no free subnet");
  expect(networks.some(({ name }) => name === "overbridge-main")).toBe(false);
});

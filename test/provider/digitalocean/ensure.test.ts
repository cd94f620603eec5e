import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import { CLUSTER, lasting, makeWorld, ownNames } from "./harness.ts";

const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `${CLUSTER}-host${index + 1}`).sort();

describe("a new cluster", () => {
  test("has droplets with names and tags from the create call, pinned to their own host keys", async () => {
    await using world = await makeWorld();
    const desired = world.desired(3);
    const hosts = await world.provider({ ttl: "2h", tags: ["team:net"] }).ensure(desired, world.context());

    expect(ownNames(world)).toEqual(names(3));
    const [create] = world.double.seen.filter(({ operation }) => operation === "droplets_create");
    const now = Date.UTC(2030, 0, 1) / 1000;
    expect(create?.request.body).toMatchObject({
      names: ["demo-host1", "demo-host2", "demo-host3"],
      region: "fra1",
      with_droplet_agent: false,
      tags: [
        "overbridge",
        "overbridge-cluster-demo",
        "overbridge-owner-octo:over::bridge",
        `overbridge-expires-demo-${now + 7200}`,
        "overbridge-run-demo-777",
        "team:net",
      ],
    });
    expect(hosts.map(({ id, name }) => [id, name])).toEqual([
      [1, "host1"],
      [2, "host2"],
      [3, "host3"],
    ]);
    for (const host of hosts) {
      const droplet = world.double.account
        .living()
        .find(({ addresses }) => addresses.public === host.ssh.address)!;
      expect(host.underlay).toBe(droplet.addresses.private);
      expect(host.ssh).toMatchObject({ user: "root", port: 22 });
      expect(host.ssh.hostKey).toBe(desired.hosts[host.id - 1]!.hostKey.fingerprint);
      expect(world.fleet.shows.get(droplet.id)).toBe(host.ssh.hostKey);
    }
    expect(world.fleet.settled.toSorted()).toEqual(["host1", "host2", "host3"]);
  });

  test("says what it costs before it creates, and what it waits for", async () => {
    await using world = await makeWorld();
    world.double.onRequest = ({ operation }) => {
      if (operation === "droplets_create") expect(world.said()).toContain("3 new hosts x $0.02500/h");
    };
    await world.provider().ensure(world.desired(3), world.context());
    expect(world.said()).toContain("= $0.075/h");
    expect(world.said()).toContain("waiting for host2 to become active: 5 s");
    expect(world.said()).toContain("waiting for sshd: ");
  });

  test("takes at most two create calls for eleven hosts, and no more looks than for one", async () => {
    const looks = async (count: number) => {
      await using world = await makeWorld();
      await world.provider().ensure(world.desired(count), world.context());
      expect(ownNames(world)).toEqual(names(count));
      return {
        creates: world.double.count("droplets_create"),
        lists: world.double.count("droplets_list"),
        all: world.double.seen.length,
      };
    };
    const [one, eleven] = [await looks(1), await looks(11)];
    expect(eleven.creates).toBe(2);
    expect(eleven.lists).toBe(one.lists);
    expect(eleven.all).toBe(one.all + 1);
  });

  test("goes on over pages of more than 200 droplets", async () => {
    await using world = await makeWorld();
    world.double.account.habits.limit = 500;
    for (let batch = 0; batch < 21; batch += 1) {
      const others = Array.from({ length: 10 }, (_, index) => `other-host${batch * 10 + index + 1}`);
      const tags = ["overbridge", "overbridge-cluster-other", "overbridge-owner-octo:over::bridge"];
      world.double.account.create(others, { region: "fra1", size: "s-1vcpu-1gb", image: 102, tags });
    }
    expect(await world.provider().observe("other", world.context())).toHaveLength(210);
  });
});

describe("a cluster that is there", () => {
  test("is left as it is by a second run", async () => {
    await using world = await makeWorld();
    const first = await world.provider().ensure(world.desired(3), world.context());
    const before = world.double.account.inventory();
    const requests = world.double.seen.length;
    expect(await world.provider().ensure(world.desired(3), world.context())).toEqual(first);
    expect(world.double.account.inventory()).toEqual(before);
    const writes = world.double.seen.slice(requests).filter(({ request }) => request.method !== "GET");
    expect(writes).toEqual([]);
    expect(new Set(world.fleet.adopted.values())).toEqual(new Set([1]));
  });

  test("grows by the hosts that are missing alone", async () => {
    await using world = await makeWorld();
    await world.provider().ensure(world.desired(3), world.context());
    const before = new Set(world.double.account.living().map(({ id }) => id));
    await world.provider().ensure(world.desired(5), world.context());
    expect(ownNames(world)).toEqual(names(5));
    const added = world.double.account.living().filter(({ id }) => !before.has(id));
    expect(added.map(({ name }) => name)).toEqual(["demo-host4", "demo-host5"]);
    expect(world.said()).toContain("2 new hosts");
  });

  test("shrinks only by hosts that somebody agreed to lose", async () => {
    await using world = await makeWorld();
    await world.provider().ensure(world.desired(5), world.context());
    const before = world.double.account.inventory();
    for (const [agreed, lost] of [
      [[], "droplet demo-host4 \\(\\d+\\), droplet demo-host5 \\(\\d+\\)"],
      [[5], "droplet demo-host4 \\(\\d+\\)"],
    ] as const) {
      const refusal = world.provider().ensure(world.desired(3, CLUSTER, agreed), world.context());
      await expect(refusal).rejects.toThrow(
        new RegExp(`^hosts: 3 would remove ${lost}, which nobody agreed to$`),
      );
      await expect(refusal).rejects.toThrow(InputError);
      expect(world.double.account.inventory()).toEqual(before);
    }

    await world.provider().ensure(world.desired(4, CLUSTER, [5]), world.context());
    expect(ownNames(world)).toEqual(names(4));
  });

  test("has its time renewed, without the old expiry left behind", async () => {
    await using world = await makeWorld();
    await world.provider({ ttl: "2h" }).ensure(world.desired(2), world.context());
    world.clock.advance(3_600_000);
    await world.provider({ ttl: "2h" }).ensure(world.desired(2), world.context());
    const expiries = [...world.double.account.tags.values()].filter((tag) => tag.includes("-expires-demo-"));
    expect(expiries).toHaveLength(1);
    expect(Number(expiries[0]!.split("-").at(-1)) * 1000 - world.clock.now()).toBeGreaterThan(7_100_000);
    for (const droplet of world.double.account.living().filter(({ tags }) => tags.has("overbridge"))) {
      expect([...droplet.tags]).toContain(expiries[0]);
    }
  });

  test("whose droplets are gone is made again", async () => {
    await using world = await makeWorld();
    await world.provider().ensure(world.desired(3), world.context());
    for (const droplet of world.double.account.living()) {
      if (droplet.tags.has("overbridge")) world.double.account.destroy(droplet.id);
    }
    world.clock.advance(60_000);
    expect(await world.provider().ensure(world.desired(3), world.context())).toHaveLength(3);
    expect(ownNames(world)).toEqual(names(3));
  });

  test("gets on from where a killed run stopped, whichever key a host shows", async () => {
    await using world = await makeWorld();
    await world.provider().ensure(world.desired(3), world.context());
    const second = world.double.account
      .living()
      .find(({ name, tags }) => name === "demo-host2" && tags.has("overbridge"))!;
    world.fleet.shows.delete(second.id);
    await world.provider().ensure(world.desired(3), world.context());
    expect(world.fleet.adopted.get("demo-host2")).toBe(2);
    expect(world.fleet.adopted.get("demo-host1")).toBe(1);
  });

  test("keeps the first of two droplets for one host", async () => {
    await using world = await makeWorld();
    await world.provider().ensure(world.desired(2), world.context());
    const first = world.double.account
      .living()
      .find(({ name, tags }) => name === "demo-host1" && tags.has("overbridge"))!;
    world.double.account.create(["demo-host1"], {
      region: "fra1",
      size: "s-2vcpu-2gb",
      image: 101,
      tags: [...first.tags],
    });
    await world.provider().ensure(world.desired(2), world.context());
    expect(ownNames(world)).toEqual(names(2));
    expect(world.double.account.living()).toContain(first);
  });
});

describe("is refused, with nothing changed:", () => {
  const refused: [string, RegExp, (world: Awaited<ReturnType<typeof makeWorld>>) => Promise<unknown>][] = [
    [
      "more hosts than --max-hosts",
      /hosts: expected at most 2 \(--max-hosts\), found 3/,
      (world) => world.provider({ maxHosts: 2 }).ensure(world.desired(3), world.context()),
    ],
    [
      "a size that there is not",
      /size: expected a droplet size, found s-9/,
      (world) => world.provider({ size: "s-9" }).ensure(world.desired(1), world.context()),
    ],
    [
      "a size with a GPU, whose droplets no look by tag would show",
      /^size: expected one without a GPU, found gpu-h100x1-80gb$/,
      (world) => world.provider({ size: "gpu-h100x1-80gb" }).ensure(world.desired(1), world.context()),
    ],
    [
      "a region without the size",
      /region: expected one that has s-2vcpu-4gb \(fra1\), found nyc3/,
      (world) =>
        world.provider({ size: "s-2vcpu-4gb", region: "nyc3" }).ensure(world.desired(1), world.context()),
    ],
    [
      "a VPC of another region",
      /vpc: expected one in fra1, found .*, in nyc3/,
      (world) =>
        world.provider({ vpc: world.double.account.vpcs[1]!.id }).ensure(world.desired(1), world.context()),
    ],
    [
      "gre through a firewall",
      /gre cannot pass the Cloud Firewall 'overbridge-demo'/,
      (world) =>
        world.provider({ firewall: true }, { tunnel: "gre" }).ensure(world.desired(1), world.context()),
    ],
    [
      "no token",
      /DIGITALOCEAN_ACCESS_TOKEN is not set/,
      (world) =>
        world.provider().ensure(world.desired(1), world.context({ env: { DIGITALOCEAN_ACCESS_TOKEN: "" } })),
    ],
    [
      "an API address that would get the token in the clear",
      /DIGITALOCEAN_API_URL: expected https/,
      (world) =>
        world
          .provider()
          .ensure(world.desired(1), world.context({ env: { DIGITALOCEAN_API_URL: "http://api.example" } })),
    ],
  ];
  test.each(refused)("%s", async (_what, message, attempt) => {
    await using world = await makeWorld();
    const before = world.double.account.inventory();
    const refusal = attempt(world);
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toThrow(InputError);
    expect(world.double.account.inventory()).toEqual(before);
  });

  test("another owner's cluster of the same name", async () => {
    await using world = await makeWorld();
    const theirs = world.context({ env: { GITHUB_REPOSITORY: "else/where" } });
    await world.provider().ensure(world.desired(2), theirs);
    const before = world.double.account.inventory();
    await expect(world.provider().ensure(world.desired(2), world.context())).rejects.toThrow(
      /not this owner's/,
    );
    const { removed, left } = await world.provider().destroy(CLUSTER, world.context());
    expect(removed).toEqual([]);
    expect(left.join()).toContain("its owner is else:where");
    expect(world.double.account.inventory()).toEqual(before);
  });
});

test("a firewall of the user's own means vxlan, and a word on what it has to let in", async () => {
  await using world = await makeWorld();
  const [theirs] = world.double.account.firewalls;
  theirs!.tags = ["production"];
  const provider = world.provider({ tags: ["Production"] });
  await provider.ensure(world.desired(1), world.context());
  expect(await provider.tunnelType(CLUSTER, world.context())).toBe("vxlan");
  expect(world.said()).toContain("it has to let udp 4789 in from the tag overbridge-cluster-demo");
  expect(world.double.count("firewalls_create")).toBe(0);
  expect(await world.provider().tunnelType("other", world.context())).toBe("gre");
});

test.each([
  "overbridge",
  "overbridge-owner-octo:over::bridge",
  "overbridge-cluster-demo",
  "Overbridge-Run-demo-777",
])("a firewall over %s is over the first droplets too, before there are any", async (tag) => {
  await using world = await makeWorld();
  world.double.account.firewalls[0]!.tags = [tag];
  expect(await world.provider().tunnelType(CLUSTER, world.context())).toBe("vxlan");
  const gre = world.provider({}, { tunnel: "gre" }).ensure(world.desired(1), world.context());
  await expect(gre).rejects.toThrow(/gre cannot pass the Cloud Firewall 'overbridge-other'/);
});

test("what is asked for goes with the create call", async () => {
  await using world = await makeWorld();
  const { keys, vpcs } = world.double.account;
  const [key] = keys;
  const vpc = vpcs.find(({ region }) => region === "fra1")!.id;
  const sshKeys = [String(key!.id), key!.fingerprint];
  const provider = world.provider({ sshKeys, vpc, ipv6: true, monitoring: true, image: "102" });
  const { double } = world;
  const env = { DIGITALOCEAN_ACCESS_TOKEN: "", AUTH_TOKEN: double.token };
  await provider.ensure(world.desired(1), world.context({ env }));
  const create = double.seen.find(({ operation }) => operation === "droplets_create");
  expect(create?.request.body).toMatchObject({
    ssh_keys: [key!.id, key!.fingerprint],
    vpc_uuid: vpc,
    ipv6: true,
    monitoring: true,
    image: 102,
  });
});

describe("teardown", () => {
  test("leaves the account as it was", async () => {
    await using world = await makeWorld();
    const before = lasting(world);
    await world.provider({ firewall: true }).ensure(world.desired(3), world.context());
    expect(world.double.account.firewalls).toHaveLength(2);
    const { removed, left } = await world.provider().destroy(CLUSTER, world.context());
    expect(left).toEqual([]);
    expect(removed.filter((text) => text.startsWith("droplet demo-host"))).toHaveLength(3);
    expect(removed).toContain("firewall overbridge-demo");
    expect(lasting(world)).toEqual(before);
    expect(world.double.account.listed().some(({ tags }) => tags.has("overbridge"))).toBe(false);
  });

  test("of what is not there removes nothing and is no error", async () => {
    await using world = await makeWorld();
    expect(await world.provider().destroy(CLUSTER, world.context())).toEqual({ removed: [], left: [] });
  });

  test("leaves alone what somebody else gave the cluster's tag to, and says so", async () => {
    await using world = await makeWorld();
    await world.provider().ensure(world.desired(1), world.context());
    const [stranger] = world.double.account.living();
    stranger!.tags.add("overbridge-cluster-demo");
    const { left } = await world.provider().destroy(CLUSTER, world.context());
    expect(left.join()).toContain("but not 'overbridge'");
    expect(world.double.account.living()).toContain(stranger);
    expect(ownNames(world)).toEqual(["demo-host1"]);
  });
});

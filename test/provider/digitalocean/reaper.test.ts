import { describe, expect, test } from "vitest";
import { CLUSTER, makeWorld, ownNames, type World } from "./harness.ts";

describe("the reaper", () => {
  const made = async (world: World) => {
    await world.provider({ ttl: "1h" }).ensure(world.desired(2, "old"), world.context());
    await world.provider({ ttl: "never" }).ensure(world.desired(1, "keep"), world.context());
    const theirs = world.context({ env: { GITHUB_REPOSITORY: "else/where" } });
    await world.provider({ ttl: "1h" }).ensure(world.desired(1, "theirs"), theirs);
    world.clock.advance(7_200_000);
    await world
      .provider({ ttl: "5h" }, {})
      .ensure(world.desired(1, "young"), world.context({ env: { GITHUB_REPOSITORY: "third/party" } }));
  };

  test("says what it would remove, removes only what is this owner's and over, and says what it left and why", async () => {
    await using world = await makeWorld();
    await made(world);
    const before = world.double.account.inventory();
    const dry = await world.provider().reapExpired({ dryRun: true }, world.context());
    expect(dry.removed.map((text) => text.split(" ")[1])).toEqual(["old-host1", "old-host2"]);
    expect(world.double.account.inventory()).toEqual(before);

    const { removed, left } = await world.provider().reapExpired({ dryRun: false }, world.context());
    expect(removed.filter((text) => text.startsWith("droplet"))).toEqual(dry.removed);
    expect(left).toEqual([
      expect.stringMatching(/^droplet theirs-host1 .*: it is another owner's$/),
      expect.stringMatching(/^droplet young-host1 .*: it is another owner's$/),
      "cluster keep: it never expires",
    ]);
    expect(ownNames(world, "old")).toEqual([]);
    expect(ownNames(world, "keep")).toHaveLength(1);
    expect(ownNames(world, "theirs")).toHaveLength(1);
  });

  test("runs before a provision, which it cannot make fail", async () => {
    await using world = await makeWorld();
    await made(world);
    await world.provider().ensure(world.desired(1), world.context());
    expect(ownNames(world, "old")).toEqual([]);
    world.double.faults.inject({ on: "droplets_list", fault: { kind: "answer", status: 403 }, skip: 1 });
    await world.provider().ensure(world.desired(1), world.context());
    expect(world.said()).toContain("expired clusters were not removed: DigitalOcean answers 403");
  });

  /** Two clusters whose time is over, and what happens to the second while the first is removed. */
  async function reapBeside(world: World, happens: () => void) {
    const short = { ttl: "1h" };
    await world.provider(short).ensure(world.desired(2, "first"), world.context());
    await world.provider(short).ensure(world.desired(2, "second"), world.context());
    world.clock.advance(7_200_000);
    world.double.onRequest = ({ operation }) => {
      if (operation !== "droplets_destroy") return;
      world.double.onRequest = undefined;
      happens();
    };
    return world.provider().reapExpired({ dryRun: false }, world.context());
  }

  const members = (world: World, cluster: string) =>
    world.double.account.living().filter(({ tags }) => tags.has(`overbridge-cluster-${cluster}`));

  /** The tags of a cluster that ends an hour from now. */
  const tagsOf = (world: World, cluster: string) => [
    ...["overbridge", `overbridge-cluster-${cluster}`, "overbridge-owner-octo:over::bridge"],
    `overbridge-expires-${cluster}-${world.clock.now() / 1_000 + 3_600}`,
  ];

  test("leaves a cluster whose time was renewed while it removed another", async () => {
    await using world = await makeWorld();
    const { left } = await reapBeside(world, () => {
      const expiry = world.double.account.tag(tagsOf(world, "second").at(-1)!);
      for (const { tags } of members(world, "second")) tags.add(expiry);
    });
    expect(ownNames(world, "first")).toEqual([]);
    expect(ownNames(world, "second")).toEqual(["second-host1", "second-host2"]);
    expect(left).toEqual([expect.stringMatching(/^cluster second: it expires at 2030-01-01T03:/)]);
  });

  test("leaves a cluster that was made anew while it removed another", async () => {
    await using world = await makeWorld();
    const { left } = await reapBeside(world, () => {
      const { account } = world.double;
      account.habits.lingerMs = 0;
      for (const { id } of members(world, "second")) account.destroy(id);
      const tags = tagsOf(world, "second");
      account.create(["second-host1"], { region: "fra1", size: "s-1vcpu-1gb", image: 102, tags });
    });
    expect(ownNames(world, "second")).toEqual(["second-host1"]);
    expect(left).toEqual([expect.stringMatching(/^cluster second: it expires at/)]);
  });

  test("leaves what is made anew of the very cluster that it removes, and its tags", async () => {
    await using world = await makeWorld();
    const { removed, left } = await reapBeside(world, () => {
      const tags = tagsOf(world, "first");
      const spec = { region: "fra1", size: "s-1vcpu-1gb", image: 102, tags };
      world.double.account.create(["first-host1", "first-host2"], spec);
    });
    expect(removed.filter((text) => text.startsWith("droplet first-"))).toHaveLength(2);
    expect(ownNames(world, "first")).toEqual(["first-host1", "first-host2"]);
    expect(left).toEqual([expect.stringMatching(/^cluster first: it expires at/)]);
  });

  test("leaves a cluster whose droplets somebody else removed meanwhile", async () => {
    await using world = await makeWorld();
    const { left } = await reapBeside(world, () => {
      world.double.account.habits.lingerMs = 0;
      for (const { id } of members(world, "second")) world.double.account.destroy(id);
    });
    expect(left).toEqual(["cluster second: its droplets are gone already"]);
    expect(world.double.account.tags.has("overbridge-cluster-second")).toBe(true);
  });

  test("looks no more often at clusters of many hosts", async () => {
    const looks = async (count: number) => {
      await using world = await makeWorld();
      await world.provider({ ttl: "1h" }).ensure(world.desired(count), world.context());
      world.clock.advance(7_200_000);
      const before = world.double.count("droplets_list");
      await world.provider().reapExpired({ dryRun: false }, world.context());
      return world.double.count("droplets_list") - before;
    };
    expect(await looks(9)).toBe(await looks(1));
  });

  test("of another run sees a cluster that is used again as renewed before anything takes long", async () => {
    await using world = await makeWorld();
    await world.provider({ ttl: "1h" }).ensure(world.desired(2), world.context());
    world.clock.advance(7_200_000);
    const expiries: number[] = [];
    world.double.onRequest = ({ operation, request }) => {
      if (operation !== "droplets_list" || request.query.tag_name !== "overbridge") return;
      const tags = members(world, CLUSTER).flatMap((droplet) => [...droplet.tags]);
      expiries.push(
        ...tags.filter((tag) => tag.includes("-expires-")).map((tag) => Number(tag.split("-").at(-1))),
      );
    };
    const now = world.clock.now() / 1_000;
    await world.provider({ ttl: "1h" }).ensure(world.desired(3), world.context());
    expect(expiries).toEqual([now + 3_600, now + 3_600]);
    expect(world.double.count("tags_create")).toBe(1);
  });

  test("spares the cluster that is being used again", async () => {
    await using world = await makeWorld();
    await world.provider({ ttl: "1h" }).ensure(world.desired(2), world.context());
    world.clock.advance(7_200_000);
    const creates = world.double.count("droplets_create");
    await world.provider({ ttl: "1h" }).ensure(world.desired(2), world.context());
    expect(world.double.count("droplets_create")).toBe(creates);
  });
});

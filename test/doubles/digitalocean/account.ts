import { randomUUID } from "node:crypto";
import type { Clock } from "../../../src/provider/digitalocean/clock.ts";
import { images, regions, sizes } from "./catalogue.ts";

export interface Droplet {
  readonly id: number;
  readonly name: string;
  readonly region: string;
  readonly size: string;
  readonly image: string | number;
  readonly vpc: string;
  readonly tags: Set<string>;
  readonly sshKeys: readonly (string | number)[];
  readonly userData: string;
  readonly features: readonly string[];
  readonly createdAt: number;
  /** When it becomes active, and when its addresses are shown: a little later, as the API does. */
  activeAt: number;
  addressesAt: number;
  addresses: { public: string; private: string };
  /** When it stops being listed, once it was deleted. */
  goneAt?: number;
  off?: boolean;
}

export interface Firewall {
  readonly id: string;
  name: string;
  tags: string[];
  droplet_ids: number[];
  inbound_rules: unknown[];
  outbound_rules: unknown[];
  readonly createdAt: number;
}

/** A machine behind a droplet: gives it its addresses when it has come up. */
export interface Backing {
  start(droplet: Droplet): Promise<Droplet["addresses"]>;
  stop(droplet: Droplet): Promise<void>;
}

/** What the API says no with. */
export class Refusal extends Error {
  readonly status: number;
  readonly id: string;
  constructor(status: number, id: string, message: string) {
    super(message);
    this.status = status;
    this.id = id;
  }
}

export interface Habits {
  /** Milliseconds from the create call until a droplet is active. */
  bootMs: number;
  /** Milliseconds for which a deleted droplet is still listed. */
  lingerMs: number;
  /** Most droplets the account may have. */
  limit: number;
  /** Droplets that never become active, by name. */
  stuck: Set<string>;
}

/** Everything in one account, and what its requests do to it. Knows nothing of HTTP. */
export class Account {
  readonly droplets: Droplet[] = [];
  readonly firewalls: Firewall[] = [];
  /** Canonical spelling by lower-case name. */
  readonly tags = new Map<string, string>();
  readonly vpcs = regions.map(({ slug }) => ({ id: randomUUID(), region: slug, name: `default-${slug}` }));
  readonly keys = [{ id: 512_189, fingerprint: "3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa" }];
  readonly habits: Habits = { bootMs: 22_000, lingerMs: 7_000, limit: 25, stuck: new Set() };
  readonly clock: Clock;
  readonly backing: Backing | undefined;
  /** How many droplets were ever made, by name: twice is once too often. */
  readonly made = new Map<string, number>();
  readonly work: Promise<unknown>[] = [];
  #lastId = 300_000_000;

  constructor(clock: Clock, backing?: Backing) {
    this.clock = clock;
    this.backing = backing;
  }

  /** The droplets that are listed now: also those still on their way out. */
  listed(): Droplet[] {
    const now = this.clock.now();
    return this.droplets.filter((droplet) => droplet.goneAt === undefined || droplet.goneAt > now);
  }

  /** The droplets that nobody has deleted. */
  living(): Droplet[] {
    return this.droplets.filter((droplet) => droplet.goneAt === undefined);
  }

  /** All that costs money or could get in somebody's way, for comparing before with after. */
  inventory() {
    return {
      droplets: this.living().map(({ id, name, tags }) => ({ id, name, tags: [...tags].sort() })),
      firewalls: this.firewalls.map(({ id, name, tags }) => ({ id, name, tags })),
      keys: this.keys.map(({ id }) => id),
      tags: [...this.tags.values()].sort(),
    };
  }

  tag(name: string): string {
    if (!/^[a-zA-Z0-9_\-:]{1,255}$/.test(name))
      throw new Refusal(422, "unprocessable_entity", `Tag ${name} is invalid`);
    const known = this.tags.get(name.toLowerCase());
    if (known === undefined) this.tags.set(name.toLowerCase(), name);
    return known ?? name;
  }

  existingTag(name: string): string {
    const known = this.tags.get(name.toLowerCase());
    if (known === undefined)
      throw new Refusal(404, "not_found", "The resource you were accessing could not be found.");
    return known;
  }

  untag(name: string): void {
    const known = this.existingTag(name);
    this.tags.delete(name.toLowerCase());
    for (const droplet of this.droplets) droplet.tags.delete(known);
    for (const firewall of this.firewalls) firewall.tags = firewall.tags.filter((tag) => tag !== known);
  }

  droplet(id: number): Droplet {
    const droplet = this.living().find((one) => one.id === id);
    if (!droplet) throw new Refusal(404, "not_found", "The resource you were accessing could not be found.");
    return droplet;
  }

  create(names: readonly string[], spec: CreateSpec): Droplet[] {
    this.#checkCreate(names, spec);
    const vpc = spec.vpc_uuid ?? this.vpcs.find(({ region }) => region === spec.region)!.id;
    const now = this.clock.now();
    return names.map((name) => {
      const id = ++this.#lastId;
      const activeAt =
        this.habits.stuck.has(name) || this.backing ? Number.POSITIVE_INFINITY : now + this.habits.bootMs;
      const droplet: Droplet = {
        id,
        name,
        region: spec.region,
        size: spec.size,
        image: spec.image,
        vpc,
        tags: new Set((spec.tags ?? []).map((tag) => this.tag(tag))),
        sshKeys: spec.ssh_keys ?? [],
        userData: spec.user_data ?? "",
        features: [
          ...(spec.ipv6 ? ["ipv6"] : []),
          ...(spec.monitoring ? ["monitoring"] : []),
          "private_networking",
        ],
        createdAt: now,
        activeAt,
        addressesAt: activeAt + 3_000,
        addresses: { public: `203.0.113.${id % 250}`, private: `10.110.0.${id % 250}` },
      };
      this.droplets.push(droplet);
      this.made.set(name, (this.made.get(name) ?? 0) + 1);
      if (this.backing) this.#boot(droplet, this.backing);
      return droplet;
    });
  }

  destroy(id: number): void {
    const droplet = this.droplet(id);
    droplet.goneAt = this.clock.now() + this.habits.lingerMs;
    if (this.backing) this.work.push(this.backing.stop(droplet));
  }

  #boot(droplet: Droplet, backing: Backing): void {
    const booting = backing.start(droplet).then((addresses) => {
      droplet.addresses = addresses;
      droplet.activeAt = this.clock.now();
      droplet.addressesAt = droplet.activeAt;
    });
    this.work.push(booting);
  }

  #checkCreate(names: readonly string[], spec: CreateSpec): void {
    const refuse = (message: string) => new Refusal(422, "unprocessable_entity", message);
    if (names.length > 10) throw refuse("You can only create 10 Droplets at a time.");
    const region = regions.find(({ slug }) => slug === spec.region);
    if (!region) throw refuse("You specified an invalid region for Droplet creation.");
    if (!sizes.some(({ slug }) => slug === spec.size))
      throw refuse("You specified an invalid size for Droplet creation.");
    if (!region.sizes.includes(spec.size)) throw refuse("Size is not available in this region.");
    if (!images.some(({ id, slug }) => id === spec.image || slug === spec.image))
      throw refuse("You specified an invalid image for Droplet creation.");
    for (const key of spec.ssh_keys ?? [])
      if (!this.keys.some(({ id, fingerprint }) => id === key || fingerprint === key))
        throw refuse(`${key} are invalid key identifiers for Droplet creation.`);
    if (spec.vpc_uuid && !this.vpcs.some(({ id, region }) => id === spec.vpc_uuid && region === spec.region))
      throw refuse("VPC is not in this region.");
    if (Buffer.byteLength(spec.user_data ?? "") > 65_536) throw refuse("User data is limited to 64KB.");
    if (this.living().length + names.length > this.habits.limit)
      throw refuse("creating this/these droplet(s) will exceed your droplet limit");
  }
}

export interface CreateSpec {
  region: string;
  size: string;
  image: string | number;
  tags?: string[] | null;
  ssh_keys?: (string | number)[];
  user_data?: string;
  vpc_uuid?: string;
  ipv6?: boolean;
  monitoring?: boolean;
}

import type { Account, Droplet, Firewall } from "./account.ts";
import { images, regions, sizes } from "./catalogue.ts";

/** A droplet as the API shows it at this moment. */
export function viewDroplet(account: Account, droplet: Droplet) {
  const now = account.clock.now();
  const size = sizes.find(({ slug }) => slug === droplet.size)!;
  const image = images.find(({ id, slug }) => id === droplet.image || slug === droplet.image)!;
  const active = now >= droplet.activeAt;
  const networks = (type: "public" | "private", address: string) => ({
    ip_address: address,
    netmask: "255.255.240.0",
    gateway: address.replace(/\d+$/, "1"),
    type,
  });
  const v4 =
    now >= droplet.addressesAt
      ? [networks("private", droplet.addresses.private), networks("public", droplet.addresses.public)]
      : [];
  return {
    id: droplet.id,
    name: droplet.name,
    memory: size.memory,
    vcpus: size.vcpus,
    disk: size.disk,
    locked: !active,
    status: droplet.goneAt !== undefined ? "archive" : droplet.off ? "off" : active ? "active" : "new",
    kernel: null,
    created_at: new Date(droplet.createdAt).toISOString().replace(/\.\d+/, ""),
    features: droplet.features,
    backup_ids: [],
    next_backup_window: null,
    snapshot_ids: [],
    image,
    volume_ids: [],
    size,
    size_slug: size.slug,
    networks: { v4, v6: [] },
    region: regions.find(({ slug }) => slug === droplet.region)!,
    tags: [...droplet.tags],
    vpc_uuid: droplet.vpc,
  };
}

export function viewFirewall(firewall: Firewall) {
  const { createdAt, ...rest } = firewall;
  return { ...rest, status: "succeeded", created_at: new Date(createdAt).toISOString(), pending_changes: [] };
}

export function viewTag(account: Account, name: string) {
  const count = account.living().filter(({ tags }) => tags.has(name)).length;
  const droplets = count
    ? { count, last_tagged_uri: "https://api.digitalocean.com/v2/droplets/1" }
    : { count };
  const none = { count: 0 };
  return {
    name,
    resources: { count, droplets, images: none, volumes: none, volume_snapshots: none, databases: none },
  };
}

import { InputError } from "../../errors.ts";
import { checkConsent } from "../consent.ts";
import type { DesiredCluster, DesiredHost } from "../provider.ts";
import type { Api } from "./api.ts";
import type { DigitaloceanInputs } from "./inputs.ts";
import type { Droplet, Size } from "./schema.ts";
import { describeDroplet, dropletName, type Survey } from "./survey.ts";
import { readTags } from "./tags.ts";

/** What has to be done to a cluster's droplets, decided before anything is. */
export interface Plan {
  /** Hosts without a droplet that is of use, by id. */
  readonly create: readonly number[];
  /** Droplets that stay as they are. */
  readonly keep: readonly Droplet[];
  /** Droplets of hosts that shall be no more. */
  readonly shrink: readonly Droplet[];
  /** Droplets that are of no use, and why. */
  readonly replace: readonly { droplet: Droplet; why: string }[];
}

/** @param now milliseconds since the epoch; @param activeMs after which a droplet that is not active counts as stuck. */
export function planOf(desired: DesiredCluster, found: Survey, now: number, activeMs: number): Plan {
  const replace = [...found.hosts.values()].flatMap((droplet) => {
    const age = now - Date.parse(droplet.created_at);
    const stuck = droplet.status === "new" && age >= activeMs;
    if (stuck)
      return [{ droplet, why: `it is not active ${Math.round(age / 1_000)} s after it was created` }];
    return droplet.status === "archive" ? [{ droplet, why: "it is archived" }] : [];
  });
  const useless = new Set(replace.map(({ droplet }) => droplet.id));
  const wanted = new Set(desired.hosts.map(({ id }) => id));
  const shrink = [...found.hosts].filter(([id]) => !wanted.has(id)).map(([, droplet]) => droplet);
  const create = desired.hosts
    .map(({ id }) => id)
    .filter((id) => !found.hosts.has(id) || useless.has(found.hosts.get(id)!.id))
    .toSorted((a, b) => a - b);
  const keep = [...found.hosts.values()].filter(
    (droplet) => !shrink.includes(droplet) && !useless.has(droplet.id),
  );
  return { create, keep, shrink, replace: replace.filter(({ droplet }) => !shrink.includes(droplet)) };
}

/**
 * Refuses droplets that could be made but never found again: the API's list by tag has none with a GPU.
 *
 * @throws InputError naming the size.
 */
export function checkSize({ size }: Pick<DigitaloceanInputs, "size">): void {
  if (!size.startsWith("gpu-")) return;
  throw new InputError(
    `size: expected one without a GPU, found ${size}`,
    "DigitalOcean does not list GPU droplets by tag, so overbridge could not find, use or remove them",
  );
}

/** Refuses what cannot be done as asked, while nothing has been changed. */
export function checkDesired(desired: DesiredCluster, found: Survey, inputs: DigitaloceanInputs): void {
  const { cluster, hosts } = desired;
  if (hosts.length > inputs.maxHosts) {
    throw new InputError(
      `hosts: expected at most ${inputs.maxHosts} (--max-hosts), found ${hosts.length}`,
      "raise --max-hosts if you mean to pay for so many",
    );
  }
  const [foreign] = found.foreign;
  if (foreign) {
    const owner = readTags(foreign.tags).owner?.slice("overbridge-owner-".length) ?? "somebody else";
    throw new InputError(
      `cluster: the account has a cluster '${cluster}' that is not this owner's: ${describeDroplet(foreign)} is of ${owner}`,
      "choose another --cluster",
    );
  }
  checkConsent(
    desired,
    [...found.hosts].map(([id, droplet]) => ({ id, what: describeDroplet(droplet) })),
  );
  for (const droplet of found.hosts.values()) checkDroplet(droplet, inputs);
}

function checkDroplet(droplet: Droplet, inputs: DigitaloceanInputs): void {
  if (droplet.region.slug !== inputs.region) {
    throw new InputError(
      `region: the cluster is in ${droplet.region.slug} (${describeDroplet(droplet)}), found ${inputs.region}; a VPC stays in one region`,
      `use --region ${droplet.region.slug}, or another --cluster`,
    );
  }
  if (droplet.status === "off") {
    throw new InputError(`${describeDroplet(droplet)} is off, expected active`, "turn it on, or delete it");
  }
}

/** Refuses a size that a region does not have, and a VPC that is elsewhere. @returns the size. */
export async function checkOffer(api: Api, { size, region, vpc }: DigitaloceanInputs): Promise<Size> {
  const offers = await api.sizes();
  const offer = offers.find(({ slug }) => slug === size);
  if (!offer)
    throw new InputError(`size: expected a droplet size, found ${size}`, "see https://slugs.do-api.dev");
  if (!offer.regions.includes(region)) {
    const regions = offer.regions.length > 0 ? offer.regions.toSorted().join(", ") : "none now";
    throw new InputError(`region: expected one that has ${size} (${regions}), found ${region}`);
  }
  if (vpc === undefined) return offer;
  const elsewhere = await api.regionOfVpc(vpc);
  if (elsewhere !== region) {
    throw new InputError(
      `vpc: expected one in ${region}, found ${vpc}, ${elsewhere ? `in ${elsewhere}` : "which the account does not have"}`,
    );
  }
  return offer;
}

/** What the new droplets and the whole cluster cost, before anything is created. Prices in US dollars an hour. */
export function costLine(size: Size, create: number, total: number, region: string): string {
  const price = (hosts: number) => `$${(hosts * size.price_hourly).toFixed(3)}/h`;
  const what = `${create} new host${create === 1 ? "" : "s"} x $${size.price_hourly.toFixed(5)}/h (${size.slug}, ${region})`;
  return `${what} = ${price(create)}${total > create ? `; the cluster of ${total}: ${price(total)}` : ""}`;
}

/** Hosts are found again by the ids in their droplets' names, so those names are not free. */
export function checkNames(hosts: readonly DesiredHost[], cluster: string): void {
  for (const { id, name } of hosts) {
    if (`${cluster}-${name}` !== dropletName(cluster, id)) {
      throw new InputError(`host ${id}: expected the name host${id}, found ${name}`);
    }
  }
}

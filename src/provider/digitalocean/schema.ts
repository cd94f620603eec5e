import { isIPv4 } from "node:net";
import { z } from "zod";

/**
 * What the API's answers must be before they are believed: the parts that are used, nothing more. Names and
 * tags come from whoever may write to the account, so each has a bound.
 */
const ipv4 = z.string().refine(isIPv4, "expected an IPv4 address");

/** US dollars an hour. */
const price = z.number().min(0).max(1_000);

const dropletSchema = z.object({
  id: z.int().positive(),
  name: z.string().max(255),
  status: z.enum(["new", "active", "off", "archive"]),
  created_at: z.iso.datetime({ offset: true }),
  size_slug: z.string().max(255),
  size: z.object({ price_hourly: price }),
  region: z.object({ slug: z.string().max(255) }),
  tags: z.array(z.string().max(255)).max(1_000),
  networks: z.object({
    v4: z
      .array(z.object({ ip_address: ipv4, type: z.enum(["public", "private"]) }))
      .max(100)
      .default([]),
  }),
});
export type Droplet = z.output<typeof dropletSchema>;

const firewallSchema = z.object({
  id: z.uuid(),
  name: z.string().max(255),
  tags: z
    .array(z.string().max(255))
    .nullish()
    .transform((tags) => tags ?? []),
  droplet_ids: z
    .array(z.int())
    .nullish()
    .transform((ids) => ids ?? []),
  inbound_rules: z
    .array(z.unknown())
    .nullish()
    .transform((rules) => rules ?? []),
  outbound_rules: z
    .array(z.unknown())
    .nullish()
    .transform((rules) => rules ?? []),
});
export type Firewall = z.output<typeof firewallSchema>;

const sizeSchema = z.object({
  slug: z.string().max(255),
  price_hourly: price,
  regions: z.array(z.string().max(255)),
});
export type Size = z.output<typeof sizeSchema>;

/** Of what was just created only what it is called: the rest is looked for by tag. */
export const madeDropletsSchema = z.object({
  droplets: z.array(dropletSchema.pick({ id: true, name: true })),
});
export const madeFirewallSchema = z.object({ firewall: z.object({ id: z.uuid() }) });
export const madeTagSchema = z.object({ tag: z.object({ name: z.string() }) });

export const dropletsSchema = z.object({ droplets: z.array(dropletSchema) });
export const firewallsSchema = z.object({ firewalls: z.array(firewallSchema) });
export const sizesSchema = z.object({ sizes: z.array(sizeSchema) });
export const tagsSchema = z.object({ tags: z.array(z.object({ name: z.string().max(255) })) });
export const vpcSchema = z.object({ vpc: z.object({ region: z.string().max(255) }) });
export const totalSchema = z.object({ meta: z.object({ total: z.int().nonnegative() }) });
export const refusalSchema = z.object({ id: z.string(), message: z.string() });

import { z } from "zod";
import { ipNetwork } from "./networks.ts";
import { isOurs } from "./tags.ts";

const slug = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "expected a slug of a-z, 0-9, '.', '_' and '-'");

const EVERYWHERE = ["0.0.0.0/0", "::/0"];

/** What droplets a cluster is made of: the inputs that the provider adds to the step `provision`. */
export const digitaloceanInputs = z.strictObject({
  region: slug.default("fra1").describe("Region of the droplets, by slug"),
  size: slug.default("s-2vcpu-2gb").describe("Size of each droplet, by slug"),
  image: slug.default("ubuntu-24-04-x64").describe("Image of the droplets (Debian or Ubuntu), by slug or id"),
  vpc: z.uuid().optional().describe("VPC the droplets are in, by id (default: the region's own)"),
  sshKeys: z
    .array(
      z
        .string()
        .regex(/^(\d{1,12}|[0-9a-f]{2}(:[0-9a-f]{2}){15})$/, "expected a key's id or its MD5 fingerprint"),
    )
    .default([])
    .describe("Keys of the account that may also log in, by id or fingerprint"),
  tags: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z0-9_:-]{1,255}$/, "expected 1-255 letters, digits, ':', '_' or '-'")
        .refine((tag) => !isOurs(tag), "expected a tag that is not one of overbridge's own"),
    )
    .default([])
    .describe("Further tags for the droplets"),
  ttl: z
    .string()
    .regex(/^([1-9]\d{0,4}[mhd]|never)$/, "expected minutes, hours or days, as in 90m, 12h or 7d, or never")
    .default("24h")
    .describe("After how long without another provision the cluster may be reaped: 90m, 12h, 7d or never"),
  ipv6: z.boolean().default(false).describe("Give the droplets IPv6 addresses too"),
  monitoring: z.boolean().default(false).describe("Install DigitalOcean's metrics agent"),
  firewall: z
    .boolean()
    .default(false)
    .describe("Make a Cloud Firewall: SSH from --ssh-from, tunnels from the cluster alone (no gre)"),
  sshFrom: z
    .array(ipNetwork)
    .default(EVERYWHERE)
    .describe("Networks that the firewall lets SSH in from (default: everywhere)"),
  maxHosts: z
    .int()
    .min(1)
    .max(10_000)
    .default(20)
    .describe("Refuse to have more droplets than this in the cluster"),
  apiUrl: z
    .url()
    .optional()
    .describe("The API's address (default: DIGITALOCEAN_API_URL, else https://api.digitalocean.com)"),
});

export type DigitaloceanInputs = z.output<typeof digitaloceanInputs>;

const UNITS: Record<string, number> = { m: 60, h: 3_600, d: 86_400 };

/** A `ttl` input in seconds; nothing where it is `never`. */
export function ttlSeconds(ttl: string): number | undefined {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(ttl) ?? [];
  return count === undefined ? undefined : Number(count) * UNITS[unit!]!;
}

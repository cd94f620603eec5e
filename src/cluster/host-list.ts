import { createHash } from "node:crypto";
import { z } from "zod";
import { InputError } from "../errors.ts";
import { ipAddress, ipv4Network } from "./schema.ts";

/** The version of the host list this program writes, and the newest it reads. */
export const HOST_LIST_VERSION = 1;

/** Highest host id: `gre-65535-65535` is exactly the 15 characters Linux allows an interface's name. */
export const MAX_HOST_ID = 65_535;

export const tunnelTypes = ["gre", "vxlan", "geneve"] as const;
export type TunnelType = (typeof tunnelTypes)[number];

/** A cluster's or host's name: it becomes part of host names, container names, tags and paths. */
export const nameSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, "expected 1-40 of a-z, 0-9 and '-', '-' not at an end");

export const hostSchema = z.strictObject({
  /** For ever: subnet and tunnel names follow from it, and it is never given to another host. */
  id: z.int().min(1).max(MAX_HOST_ID),
  name: nameSchema,
  ssh: z.strictObject({
    user: z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/, "expected a user's name"),
    /** An address or a DNS name, without brackets or port. */
    address: z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252})$|^::[0-9a-fA-F:.]*$/, "expected a host"),
    port: z.int().min(1).max(65_535),
    /** The host key's type and fingerprint as `ssh-keygen -l` shows them: `ssh-ed25519 SHA256:…`. */
    hostKey: z.string().regex(/^[a-z0-9@.-]+ SHA256:[A-Za-z0-9+/]{43}$/, "expected 'TYPE SHA256:…'"),
  }),
  /** The address other hosts send tunnel packets to, IPv4 or IPv6. */
  underlay: ipAddress,
  /** The part of the overlay this host gives to its containers. */
  subnet: ipv4Network,
});
export type Host = z.infer<typeof hostSchema>;

/**
 * The contract between provisioning and all that comes after: everything about a cluster that its hosts
 * must agree on, and nothing secret. Every host gets the very same list.
 */
export const hostListSchema = z.strictObject({
  version: z.literal(HOST_LIST_VERSION),
  cluster: nameSchema,
  overlay: z.strictObject({
    /** Name of the Docker network on every host. */
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, "expected a Docker network name"),
    network: ipv4Network,
    /** Prefix length of every host's subnet. */
    subnetPrefix: z.int().min(2).max(30),
    /** Fixed MTU of the overlay in bytes; absent: each host's underlay MTU less the tunnel's overhead. */
    mtu: z.int().min(576).max(65_535).optional(),
  }),
  tunnel: z.strictObject({ type: z.enum(tunnelTypes) }),
  hosts: z.array(hostSchema).min(1),
});
export type HostList = z.infer<typeof hostListSchema>;

/**
 * Reads a host list from JSON text that came from outside (a file, a job output).
 *
 * @param text the document; @param source what to call it in an error, e.g. the file's path.
 * @throws InputError naming the field, where it is no host list, of a newer version, or contradicts itself.
 */
export function parseHostList(_text: string, _source: string): HostList {
  throw new InputError("unwritten");
}

/** The document as it is stored: fixed key order, hosts by id, two spaces, newline at the end. */
export function formatHostList(list: HostList): string {
  return `${JSON.stringify(list, null, 2)}\n`;
}

/** A digest of the list, `sha256:` and 64 hex digits: equal for equal lists whatever their formatting. */
export function digestOf(list: HostList): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(list)).digest("hex")}`;
}

/** The entry of the host called `name`, which may also be its id. @throws InputError where there is none. */
export function findHost(_list: HostList, _name: string): Host {
  throw new InputError("unwritten");
}

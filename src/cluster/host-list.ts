import { createHash } from "node:crypto";
import { z } from "zod";
import { InputError } from "../errors.ts";
import { MAX_SUBNET_PREFIX, MIN_SUBNET_PREFIX, subnetOf } from "./addressing.ts";
import { datapaths } from "./datapath.ts";
import { checkHostList } from "./host-list-checks.ts";
import { MAX_HOST_ID } from "./ids.ts";
import { expectation, firstIssue, shown } from "./issues.ts";
import { MIN_OVERLAY_MTU } from "./mtu.ts";
import { hostAddress, ipAddress, ipv4Network, wholeNumber } from "./schema.ts";
import { tunnelTypes } from "./tunnel.ts";

export { MAX_HOST_ID } from "./ids.ts";
export { type TunnelType, tunnelTypes } from "./tunnel.ts";

/** The version of the host list this program writes, and the newest it reads. */
const HOST_LIST_VERSION = 1;

/** Most bytes of a host list's text that are read: several thousand hosts, and what a job's outputs may hold. */
const MAX_HOST_LIST_BYTES = 1_000_000;

/** A cluster's or host's name: it becomes part of host names, container names, tags and paths. */
export const nameSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, "expected 1-40 of a-z, 0-9 and '-', '-' not at an end");

export const hostSchema = z.strictObject({
  /** A host keeps it as long as it lives, whatever hosts come and go: subnet and tunnel names follow from it. */
  id: wholeNumber(1, MAX_HOST_ID),
  name: nameSchema,
  ssh: z.strictObject({
    user: z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/, "expected a user's name"),
    /** An address or a DNS name, without brackets or port. */
    address: hostAddress,
    port: wholeNumber(1, 65_535),
    /** The host key's type and fingerprint as `ssh-keygen -l` shows them: `ssh-ed25519 SHA256:…`. */
    hostKey: z.string().regex(/^[a-z0-9@.-]{1,64} SHA256:[A-Za-z0-9+/]{43}$/, "expected 'TYPE SHA256:…'"),
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
const hostListSchema = z.strictObject({
  version: z.literal(HOST_LIST_VERSION),
  cluster: nameSchema,
  overlay: z.strictObject({
    /** Name of the Docker network on every host. */
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, "expected a Docker network name"),
    network: ipv4Network,
    /** Prefix length of every host's subnet. */
    subnetPrefix: wholeNumber(MIN_SUBNET_PREFIX, MAX_SUBNET_PREFIX),
    /** Fixed MTU of the overlay in bytes; absent: each host's underlay MTU less the tunnel's overhead. */
    mtu: wholeNumber(MIN_OVERLAY_MTU, 65_535).optional(),
  }),
  tunnel: z.strictObject({ type: z.enum(tunnelTypes) }),
  datapath: z.enum(datapaths),
  hosts: z.array(hostSchema).min(1, "expected at least one host"),
});
export type HostList = z.infer<typeof hostListSchema>;

function fromJson(text: string, source: string): unknown {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_HOST_LIST_BYTES) {
    throw new InputError(
      `${source}: expected a host list of at most ${MAX_HOST_LIST_BYTES} bytes, found ${bytes}`,
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may be a file that was never meant to be shown.
    throw new InputError(
      `${source}: expected a host list in JSON, found ${text.trim() === "" ? "nothing" : "text that is no JSON"}`,
      "give the host list that provisioning wrote",
    );
  }
}

/** A newer version is told from a broken list: its fields may differ in ways this program cannot know. */
function refuseNewer(document: unknown, source: string): void {
  const version =
    typeof document === "object" && document !== null && "version" in document && document.version;
  if (typeof version === "number" && Number.isInteger(version) && version > HOST_LIST_VERSION) {
    throw new InputError(
      `${source} is a host list of version ${version}; this overbridge reads up to ${HOST_LIST_VERSION}`,
      "update overbridge",
    );
  }
}

/** A document as a host list. @throws InputError beginning with `source`. */
function readHostList(document: unknown, source: string): HostList {
  const result = hostListSchema.safeParse(document, { error: expectation });
  if (!result.success) throw new InputError(`${source}: ${firstIssue(result.error, document)}`);
  try {
    checkHostList(result.data);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${source}: ${error.message}`, error.hint);
    throw error;
  }
  return result.data;
}

/**
 * Reads a host list from JSON text that came from outside (a file, a job output).
 *
 * @param text the document; @param source what to call it in an error, e.g. the file's path.
 * @throws InputError naming the field, where it is no host list, of a newer version, or contradicts itself.
 */
export function parseHostList(text: string, source: string): HostList {
  const document = fromJson(text, source);
  refuseNewer(document, source);
  return readHostList(document, source);
}

/**
 * The host list of hosts that a provider returned: each gets the subnet that follows from its id.
 *
 * @throws InputError where hosts and overlay contradict each other.
 */
export function makeHostList(
  cluster: Omit<HostList, "version" | "hosts"> & { readonly hosts: readonly Omit<Host, "subnet">[] },
): HostList {
  const hosts = cluster.hosts.map((host) => ({ ...host, subnet: subnetOf(cluster.overlay, host.id) }));
  return canonical(readHostList({ version: HOST_LIST_VERSION, ...cluster, hosts }, "host list"));
}

/** The same list with its keys in the one order and its hosts by id. */
function canonical({ version, cluster, overlay, tunnel, datapath, hosts }: HostList): HostList {
  return {
    version,
    cluster,
    overlay: {
      name: overlay.name,
      network: overlay.network,
      subnetPrefix: overlay.subnetPrefix,
      ...(overlay.mtu === undefined ? {} : { mtu: overlay.mtu }),
    },
    tunnel: { type: tunnel.type },
    datapath,
    hosts: hosts
      .toSorted((a, b) => a.id - b.id)
      .map(({ id, name, ssh, underlay, subnet }) => ({
        id,
        name,
        ssh: { user: ssh.user, address: ssh.address, port: ssh.port, hostKey: ssh.hostKey },
        underlay,
        subnet,
      })),
  };
}

/** The document as it is stored: fixed key order, hosts by id, two spaces, newline at the end. */
export function formatHostList(list: HostList): string {
  return `${JSON.stringify(canonical(list), null, 2)}\n`;
}

/**
 * A digest of the list, `sha256:` and 64 hex digits: equal for equal lists whatever their formatting, and what
 * `sha256sum` says of a file that {@link formatHostList} wrote.
 */
export function digestOf(list: HostList): string {
  return `sha256:${createHash("sha256").update(formatHostList(list)).digest("hex")}`;
}

/** Names an error lists before it only counts. */
const LISTED = 20;

/** The entry of the host called `name`, which may also be its id; a name goes first. @throws InputError where there is none. */
export function findHost(list: HostList, name: string): Host {
  const { hosts } = list;
  const found = hosts.find((host) => host.name === name) ?? hosts.find((host) => String(host.id) === name);
  if (found) return found;
  const names = hosts.slice(0, LISTED).map((host) => host.name);
  const more = hosts.length > LISTED ? ` and ${hosts.length - LISTED} more` : "";
  throw new InputError(`host: expected one of ${names.join(", ")}${more}, found ${shown(name)}`);
}

import { z } from "zod";
import { DEFAULT_NETWORK, MAX_SUBNET_PREFIX, MIN_SUBNET_PREFIX } from "../cluster/addressing.ts";
import { datapaths } from "../cluster/datapath.ts";
import { nameSchema, tunnelTypes } from "../cluster/host-list.ts";
import { MIN_OVERLAY_MTU } from "../cluster/mtu.ts";
import { ipv4Network } from "../cluster/schema.ts";
import { digitaloceanInputs } from "../provider/digitalocean/inputs.ts";
import { buildOvsInputs } from "./build-ovs.ts";

/** Which cluster a step is about. */
export const clusterInputs = z.strictObject({
  cluster: nameSchema.default("main").describe("Name of the cluster"),
  hostsFile: z
    .string()
    .optional()
    .describe("Where the host list is, instead of .overbridge/CLUSTER/hosts.json"),
});

/** How to log in to hosts that overbridge did not make itself. */
export const loginInputs = z.strictObject({
  key: z.array(z.string()).default([]).describe("SSH private key file; the agent's keys are tried too"),
  jump: z
    .string()
    .optional()
    .describe("Host to go through, user@address[:port]; its key must be in known_hosts"),
});

export const providers = ["docker", "static", "digitalocean"] as const;

/** What the overlay is; goes into the host list. */
const overlayInputs = z.strictObject({
  network: ipv4Network
    .default(DEFAULT_NETWORK)
    .describe("The overlay's IPv4 network, a part of it for each host"),
  subnetPrefix: z
    .int()
    .min(MIN_SUBNET_PREFIX)
    .max(MAX_SUBNET_PREFIX)
    .optional()
    .describe("Prefix length of each host's part (default by size)"),
  networkName: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, "expected a Docker network name")
    .default("overbridge")
    .describe("Name of the Docker network on every host"),
  tunnel: z
    .enum(["auto", ...tunnelTypes])
    .default("auto")
    .describe("Tunnel type; auto is gre, or vxlan where a firewall lets no gre through"),
  mtu: z
    .int()
    .min(MIN_OVERLAY_MTU)
    .max(65_535)
    .optional()
    .describe("Fixed MTU of the overlay (default: found on each host)"),
  datapath: z
    .enum(datapaths)
    .default("auto")
    .describe("Where bridges forward: in the kernel or in userspace"),
});

/** Hosts that are there already. */
const staticInputs = z.strictObject({
  host: z
    .array(z.string())
    .default([])
    .describe("Provider static: a host, user@address[:port]; once for each"),
  hostKey: z
    .array(z.string())
    .default([])
    .describe("Provider static: ADDRESS=SHA256:… of a host's key, where known_hosts does not have it"),
  underlay: z
    .array(z.string())
    .default([])
    .describe(
      "Provider static: ADDRESS=UNDERLAY, what other hosts send to, where it is not the host's own choice",
    ),
  knownHosts: z
    .string()
    .optional()
    .describe("Provider static: known_hosts file (default ~/.ssh/known_hosts)"),
  trustOnFirstUse: z
    .boolean()
    .default(false)
    .describe("Provider static: accept and pin whatever key an unknown host shows first"),
});

/** What a host is configured with beyond the host list. */
const programInputs = z.strictObject({
  properties: z
    .string()
    .optional()
    .describe("Folder of your own properties: NAME/look and NAME/change, in sh"),
  timeout: z
    .int()
    .min(1)
    .max(86_400)
    .default(600)
    .describe("Seconds a host may take to be ready for SSH and apt"),
});

/** Open vSwitch's packages, where the hosts' own distribution shall not choose. */
const packageInputs = z.strictObject({
  ovsPackages: z
    .array(z.string())
    .default([])
    .describe(
      "Folder of packages that build-ovs made, to install Open vSwitch from; once for each distribution",
    ),
});

/** Where a whole cluster's Open vSwitch comes from. */
const ovsInputs = z.strictObject({
  ovs: z
    .enum(["build", "packages", "present"])
    .default("present")
    .describe(
      "Open vSwitch: build it for the hosts, download packages for them, or take what they have or can install",
    ),
  ovsSource: buildOvsInputs.shape.source.describe(
    "With --ovs build: where Open vSwitch comes from, as build-ovs --source",
  ),
  ovsVersion: buildOvsInputs.shape.ovsVersion,
  sha256: buildOvsInputs.shape.sha256,
  allowUnverified: buildOvsInputs.shape.allowUnverified,
});

export const provisionInputs = clusterInputs.extend({
  yes: z
    .boolean()
    .default(false)
    .describe(
      "Without asking, remove hosts where fewer are asked for, and replace those that run with other keys",
    ),
  provider: z.enum(providers).default("docker").describe("Where hosts come from"),
  hosts: z.int().min(1).max(10_000).default(3).describe("How many hosts there shall be"),
  ...overlayInputs.shape,
  ...loginInputs.shape,
  ...staticInputs.shape,
  ...digitaloceanInputs.shape,
});

export const configureInputs = clusterInputs.extend({
  host: z.array(z.string()).default([]).describe("Only this host, by name or id; may be repeated"),
  ...loginInputs.shape,
  ...programInputs.shape,
  ...packageInputs.shape,
});

export const verifyInputs = clusterInputs.extend({
  ...loginInputs.shape,
  throughput: z.int().min(1).max(60).optional().describe("Also measure throughput, this many seconds a pair"),
});

export const teardownInputs = clusterInputs.extend({
  provider: z.enum(providers).optional().describe("Where the hosts came from (default: as provisioned)"),
  purge: z.boolean().default(false).describe("Also remove cached host images that no cluster uses"),
  expired: z
    .boolean()
    .default(false)
    .describe("Provider digitalocean: instead of one cluster, remove every one of this owner past its ttl"),
  dryRun: z.boolean().default(false).describe("With --expired: remove nothing, only say what would be"),
  apiUrl: digitaloceanInputs.shape.apiUrl,
  ...loginInputs.shape,
});

export const upInputs = provisionInputs.extend({
  ...programInputs.shape,
  ...packageInputs.shape,
  ...ovsInputs.shape,
  throughput: verifyInputs.shape.throughput,
});

export type ProvisionInputs = z.output<typeof provisionInputs>;
export type LoginInputs = z.output<typeof loginInputs>;

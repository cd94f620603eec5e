import { createHash } from "node:crypto";
import { z } from "zod";
import { rangeOf, toAddress } from "../../cluster/ipv4.ts";
import { ipAddress } from "../../cluster/schema.ts";
import { type Engine, reasonOf } from "../../docker/engine.ts";
import { Failure, InputError } from "../../errors.ts";
import { CLUSTER_LABEL, type Labels, labelOptions, networkName, ROLE_LABEL } from "./names.ts";

/** The underlay of one cluster: a Docker network that only its hosts are on. */
export interface HostNetwork {
  readonly name: string;
  /** The Linux bridge it is, in the engine's own network namespace. */
  readonly bridge: string;
  /** CIDR. */
  readonly subnet: string;
  /** CIDR, where the underlay is IPv6. */
  readonly subnet6?: string;
}

const inspected = z.array(
  z.object({
    Id: z.string().min(12),
    Name: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Options: z.record(z.string(), z.string()).nullish(),
    IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string() })).nullish() }),
  }),
);
type Inspected = z.infer<typeof inspected>[number];

/** Each try loses to another network made at the same moment; so many in a row are no coincidence. */
const TRIES = 10;

/**
 * Makes sure that a cluster's network is there.
 *
 * Its subnet is one that Docker picks, from its own pools and clear of the machine's routes. But Docker lets a
 * container's address be chosen only where the subnet was given, so a first network is made to hear the pick and
 * the real one takes its place.
 *
 * @param ipv6 gives the network a second, unique local /64 that follows from the cluster's name.
 * @throws Failure where a network has this name and is not ours; InputError where it is, but without the IPv6
 *   that is asked for.
 */
export async function ensureNetwork(engine: Engine, cluster: string, ipv6: boolean): Promise<HostNetwork> {
  const name = networkName(cluster);
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await inspectNetwork(engine, name);
    if (found && found.Labels?.[CLUSTER_LABEL] !== cluster) {
      throw new Failure(
        `network ${name}: expected one labelled ${CLUSTER_LABEL}=${cluster}, found one without`,
        "it is not overbridge's and is left as it is: rename it, or choose another cluster name",
      );
    }
    if (found && found.Labels?.[ROLE_LABEL] !== "probe") return described(found, ipv6);
    if (found) await engine.run(["network", "rm", found.Id]);
    await create(engine, name, cluster, ipv6);
  }
  throw new Failure(`network ${name}: no free subnet found in ${TRIES} tries`);
}

/** One go; what came of it is seen by the next look. */
async function create(engine: Engine, name: string, cluster: string, ipv6: boolean): Promise<void> {
  const label = (role: string): Labels => ({ [CLUSTER_LABEL]: cluster, [ROLE_LABEL]: role });
  const attempt = async (args: string[]) => {
    const { code, stderr } = await engine.attempt(["network", "create", ...args, name], {
      evenIfAborted: true,
    });
    if (code === 0 || /already exists|overlaps/.test(stderr)) return;
    throw new Failure(`network ${name} cannot be made: ${reasonOf(stderr)}`);
  };
  await attempt(labelOptions(label("probe")));
  const probe = await inspectNetwork(engine, name);
  const subnet = probe?.Labels?.[ROLE_LABEL] === "probe" ? probe.IPAM.Config?.[0]?.Subnet : undefined;
  if (!probe || subnet === undefined) return;
  await engine.attempt(["network", "rm", probe.Id]);
  const second = ipv6 ? ["--ipv6", "--subnet", uniqueLocalSubnet(cluster)] : [];
  await attempt(["--subnet", subnet, ...second, ...labelOptions(label("network"))]);
}

async function inspectNetwork(engine: Engine, name: string): Promise<Inspected | undefined> {
  const { code, stdout, stderr } = await engine.attempt(["network", "inspect", name]);
  if (code === 0) return inspected.parse(JSON.parse(stdout)).find((network) => network.Name === name);
  if (/no such network|not found/i.test(stderr)) return undefined;
  throw new Failure(`docker network inspect failed: ${reasonOf(stderr)}`);
}

function described({ Id, Name, Options, IPAM }: Inspected, ipv6: boolean): HostNetwork {
  const subnets = (IPAM.Config ?? []).map((config) => config.Subnet);
  const subnet = subnets.find((text) => !text.includes(":"));
  const subnet6 = subnets.find((text) => text.includes(":"));
  if (subnet === undefined) throw new Failure(`network ${Name}: expected an IPv4 subnet, found none`);
  if (ipv6 && subnet6 === undefined) {
    throw new InputError(
      `network ${Name}: expected one with IPv6, found one without`,
      "take the cluster down first",
    );
  }
  const bridge = Options?.["com.docker.network.bridge.name"] ?? `br-${Id.slice(0, 12)}`;
  return { name: Name, bridge, subnet, ...(ipv6 && subnet6 !== undefined ? { subnet6 } : {}) };
}

/** RFC 4193: fd, 40 bits that stand for the network (here of the cluster's name, not random), a subnet of 16. */
export function uniqueLocalSubnet(cluster: string): string {
  const digest = createHash("sha256").update(`overbridge underlay ${cluster}`).digest("hex");
  const bits = `fd${digest.slice(0, 14)}`;
  const groups = bits.match(/.{4}/g)?.map((group) => Number.parseInt(group, 16).toString(16)) ?? [];
  return `${groups.join(":")}::/64`;
}

/** What a host is reached at: all follows from its id, so that it stays the same for ever. */
export interface UnderlayAddress {
  readonly ipv4: string;
  readonly ipv6?: string;
}

/**
 * Host 1 has the second usable address of the subnet (the first is the machine's own), and so on.
 *
 * @throws Failure where the subnet has no address for that id.
 */
export function underlayAddress({ name, subnet, subnet6 }: HostNetwork, id: number): UnderlayAddress {
  const { first, last } = rangeOf(subnet);
  const highest = Math.min(last - first - 2, HIGHEST_ID6);
  if (id > highest) {
    throw new Failure(`host ${id}: expected an id up to ${highest}, network ${name} is ${subnet}`);
  }
  const ipv4 = toAddress(first + 1 + id);
  if (subnet6 === undefined) return { ipv4 };
  return { ipv4, ipv6: ipAddress.parse(subnet6.replace(/\/\d+$/, (id + 1).toString(16))) };
}

/** One less than the last group of an IPv6 address can count to. */
const HIGHEST_ID6 = 0xfffe;

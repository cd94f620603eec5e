import { carriers, type TunnelType } from "../../cluster/tunnel.ts";
import { Failure, InputError } from "../../errors.ts";
import type { Api, FirewallSpec } from "./api.ts";
import { ApiError } from "./api-error.ts";
import type { Firewall } from "./schema.ts";
import { clusterTag } from "./tags.ts";

const ANYWHERE = ["0.0.0.0/0", "::/0"];

/** Looks for a firewall whose create call was not answered, and asks again, so many times. */
const TRIES = 3;

/**
 * The tunnel type to use. A Cloud Firewall's rules know tcp, udp and icmp alone, so with one in the way GRE
 * cannot pass.
 *
 * @param firewalls names of the firewalls that are, or will be, over the cluster's droplets.
 * @throws InputError where gre was asked for and cannot pass.
 */
export function chooseTunnel(requested: TunnelType | "auto", firewalls: readonly string[]): TunnelType {
  const [firewall] = firewalls;
  if (firewall === undefined) return requested === "auto" ? "gre" : requested;
  if (requested === "gre") {
    throw new InputError(
      `tunnel: gre cannot pass the Cloud Firewall '${firewall}', whose rules know tcp, udp and icmp alone`,
      "leave --tunnel at auto, or use vxlan or geneve",
    );
  }
  return requested === "auto" ? "vxlan" : requested;
}

export function firewallName(cluster: string): string {
  return `overbridge-${cluster}`;
}

/** Whether a firewall is the one we make for a cluster: by its name and by the tag it is for, not by one alone. */
export function isOurFirewall(firewall: Firewall, cluster: string): boolean {
  return (
    firewall.name === firewallName(cluster) &&
    firewall.tags.some((tag) => tag.toLowerCase() === clusterTag(cluster))
  );
}

/** The firewalls that are over droplets with these tags or ids. */
export function firewallsOver(
  firewalls: readonly Firewall[],
  tags: readonly string[],
  ids: readonly number[],
): Firewall[] {
  const wanted = new Set(tags.map((tag) => tag.toLowerCase()));
  return firewalls.filter(
    (firewall) =>
      firewall.tags.some((tag) => wanted.has(tag.toLowerCase())) ||
      firewall.droplet_ids.some((id) => ids.includes(id)),
  );
}

/** SSH from the given networks, the tunnel's port from the cluster's own droplets, everything out. */
export function firewallSpec(
  cluster: string,
  tunnel: Exclude<TunnelType, "gre">,
  sshFrom: readonly string[],
): FirewallSpec {
  const tag = clusterTag(cluster);
  const out = (protocol: string) => ({ protocol, ports: "0", destinations: { addresses: ANYWHERE } });
  return {
    name: firewallName(cluster),
    tags: [tag],
    inbound_rules: [
      { protocol: "tcp", ports: "22", sources: { addresses: sshFrom } },
      { protocol: "udp", ports: String(carriers[tunnel].port), sources: { tags: [tag] } },
    ],
    outbound_rules: [out("tcp"), out("udp"), out("icmp")],
  };
}

/**
 * Makes the cluster's firewall as specified, before its droplets are there: they are never without it. Its
 * name is unique in an account, so one whose create call was not answered is looked for, not made again.
 */
export async function ensureFirewall(
  api: Api,
  cluster: string,
  spec: FirewallSpec,
  known: readonly Firewall[],
): Promise<void> {
  const ours = known.find((firewall) => isOurFirewall(firewall, cluster));
  if (ours) return api.updateFirewall(ours.id, spec);
  if (known.some(({ name }) => name === spec.name)) {
    throw new Failure(
      `the account has a firewall '${spec.name}' that is not this cluster's`,
      "rename it, or give the cluster another name",
    );
  }
  await api.createTag(clusterTag(cluster));
  for (let tries = 1; ; tries += 1) {
    try {
      return await api.createFirewall(spec);
    } catch (error) {
      if (!(error instanceof ApiError) || error.effect === "none" || tries === TRIES) throw error;
      if ((await api.firewalls()).some((firewall) => isOurFirewall(firewall, cluster))) return;
    }
  }
}

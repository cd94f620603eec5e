import type { TunnelType } from "../../cluster/tunnel.ts";
import { Failure, isStated, messageOf } from "../../errors.ts";
import type { Connection } from "../../ssh/connection.ts";
import { waitForReady } from "../../ssh/ready.ts";
import type { DesiredCluster, DesiredHost, ProvidedHost } from "../provider.ts";
import { type Addresses, waitUntilActive } from "./active.ts";
import { type Access, adopt, type Dial } from "./adopt.ts";
import type { DropletSpec } from "./api.ts";
import { createDroplets } from "./create.ts";
import { renewExpiry } from "./expiry.ts";
import { chooseTunnel, ensureFirewall, firewallName, firewallSpec, firewallsOver } from "./firewall.ts";
import { type DigitaloceanInputs, ttlSeconds } from "./inputs.ts";
import { checkNames, checkOffer, checkPlan, costLine, planOf } from "./plan.ts";
import { reap } from "./reap.ts";
import { deleteDroplets } from "./remove.ts";
import type { Droplet, Firewall } from "./schema.ts";
import { type Survey, survey } from "./survey.ts";
import { clusterTag, tagsFor } from "./tags.ts";
import { userData } from "./user-data.ts";
import type { Work } from "./work.ts";

/** What a cluster on DigitalOcean is made with. */
export interface Making {
  readonly inputs: DigitaloceanInputs;
  /** The tunnel type asked for. */
  readonly tunnel: TunnelType | "auto";
  /** Whether hosts that are too many may be removed. */
  readonly yes: boolean;
  readonly access: Access;
  readonly dial: Dial;
  readonly settle: Settle;
}

/** Waits on a host until its first boot is over and packages can be installed. */
export type Settle = (connection: Connection, work: Work) => Promise<void>;

export const settleOverSsh: Settle = (connection, { context, waits }) =>
  waitForReady(connection, {
    timeoutMs: waits.bootMs,
    signal: context.signal,
    onProgress: (text) => context.reporter.report({ kind: "doing", host: connection.target.name, text }),
  });

/** Makes the cluster's droplets exactly those desired, and each one's host ready for its program. */
export async function ensureCluster(
  desired: DesiredCluster,
  making: Making,
  work: Work,
): Promise<ProvidedHost[]> {
  const { cluster, hosts } = desired;
  const { inputs } = making;
  checkNames(hosts, cluster);
  await reapFirst(cluster, work);

  const found = survey(cluster, work.owner, await work.api.droplets(clusterTag(cluster)));
  const plan = planOf(desired, found, work.clock.now(), work.waits.activeMs);
  checkPlan(desired, found, plan, inputs, making.yes);
  const firewalls = await work.api.firewalls();
  const tunnel = chooseTunnel(making.tunnel, namesOver(firewalls, cluster, inputs, found));
  const size = plan.create.length > 0 ? await checkOffer(work.api, inputs) : undefined;
  if (size) note(work, costLine(size, plan.create.length, hosts.length, inputs.region));
  for (const { name } of found.strays) {
    work.context.reporter.report({
      kind: "warning",
      text: `droplet ${JSON.stringify(name)} has the cluster's tags, but the name of none of its hosts`,
    });
  }

  const gone = new Set<number>();
  await deleteDroplets(plan.shrink, "its host is not wanted any more", gone, work);
  for (const { droplet, why } of plan.replace) await deleteDroplets([droplet], why, gone, work);
  if (inputs.firewall && tunnel !== "gre") {
    await ensureFirewall(work.api, cluster, firewallSpec(cluster, tunnel, inputs.sshFrom), firewalls);
  }
  await createDroplets(cluster, plan.create, dropletSpec(desired, making, work), work);
  const made = await bringUp(desired, making, gone, work);
  await renewExpiry(
    cluster,
    made.map(({ droplet }) => droplet),
    ttlSeconds(inputs.ttl),
    work,
  );
  return made.map(({ host }) => host).toSorted((a, b) => a.id - b.id);
}

/** The names of the firewalls that are, or are about to be, over a cluster's droplets. */
export function namesOver(
  firewalls: readonly Firewall[],
  cluster: string,
  inputs: DigitaloceanInputs,
  found: Survey,
): string[] {
  const ids = [...found.hosts.values()].map(({ id }) => id);
  const tags = [...found.hosts.values()].flatMap((droplet) => droplet.tags);
  const over = firewallsOver(firewalls, [clusterTag(cluster), ...inputs.tags, ...tags], ids);
  return [...(inputs.firewall ? [firewallName(cluster)] : []), ...over.map(({ name }) => name)];
}

/** What others forgot is no reason for this cluster not to come up. */
async function reapFirst(cluster: string, work: Work): Promise<void> {
  try {
    const { removed } = await reap(work, false, cluster);
    for (const text of removed) note(work, `removed ${text}: its time was over`);
  } catch (error) {
    if (!isStated(error) || work.context.signal.aborted) throw error;
    work.context.reporter.report({
      kind: "warning",
      text: `expired clusters were not removed: ${error.message}`,
    });
  }
}

function dropletSpec(desired: DesiredCluster, { inputs, access }: Making, work: Work): DropletSpec {
  const ttl = ttlSeconds(inputs.ttl);
  const expires = ttl === undefined ? undefined : Math.floor(work.clock.now() / 1_000) + ttl;
  const numeric = (text: string) => (/^\d+$/.test(text) ? Number(text) : text);
  return {
    region: inputs.region,
    size: inputs.size,
    image: numeric(inputs.image),
    tags: [...tagsFor(desired.cluster, work.owner, expires, work.context.env), ...inputs.tags],
    user_data: userData(desired.authorizedKey, access.bootstrapHostKey),
    ssh_keys: inputs.sshKeys.map(numeric),
    ipv6: inputs.ipv6,
    monitoring: inputs.monitoring,
    with_droplet_agent: false,
    ...(inputs.vpc === undefined ? {} : { vpc_uuid: inputs.vpc }),
  };
}

interface Made {
  readonly host: ProvidedHost;
  readonly droplet: Droplet;
}

/** Waits for all droplets together, and takes each host from there by itself as soon as its droplet is active. */
async function bringUp(
  desired: DesiredCluster,
  making: Making,
  gone: Set<number>,
  work: Work,
): Promise<Made[]> {
  const made: Made[] = [];
  const tasks: Promise<void>[] = [];
  const onActive = (host: DesiredHost, droplet: Droplet, addresses: Addresses) => {
    const task = ready(host, addresses, making, work).then((provided) => {
      made.push({ host: provided, droplet });
    });
    // Looked at with all the others below; until then a failure is not an unhandled one.
    task.catch(() => {});
    tasks.push(task);
  };
  const active = await settled(waitUntilActive(desired.cluster, desired.hosts, gone, work, onActive));
  const errors = [active, ...(await Promise.all(tasks.map(settled)))].filter((error) => error !== undefined);
  if (errors.length > 0) throw together(errors);
  return made;
}

async function ready(
  host: DesiredHost,
  addresses: Addresses,
  making: Making,
  work: Work,
): Promise<ProvidedHost> {
  const { access, dial, settle } = making;
  const connection = await adopt({ host, address: addresses.public, access, dial }, work);
  try {
    await settle(connection, work);
  } finally {
    connection.close();
  }
  const { user, address, port, hostKey } = connection.target;
  return { id: host.id, name: host.name, ssh: { user, address, port, hostKey }, underlay: addresses.private };
}

async function settled(task: Promise<unknown>): Promise<unknown> {
  try {
    await task;
    return undefined;
  } catch (error) {
    return error;
  }
}

/** One error of several: one that nobody foresaw, else all that the hosts have to say. */
function together(errors: readonly unknown[]): unknown {
  const unforeseen = errors.find((error) => !isStated(error));
  if (unforeseen !== undefined || errors.length === 1) return unforeseen ?? errors[0];
  const [first] = errors.filter(isStated);
  return new Failure(errors.map(messageOf).join("; "), first?.hint);
}

function note(work: Work, text: string): void {
  work.context.reporter.report({ kind: "note", text });
}

import { carriers, type TunnelType } from "../../cluster/tunnel.ts";
import { isStated } from "../../errors.ts";
import type { DesiredCluster, ProvidedHost } from "../provider.ts";
import { bringUp } from "./bring-up.ts";
import { createDroplets } from "./create.ts";
import { renewExpiry } from "./expiry.ts";
import { chooseTunnel, ensureFirewall, firewallName, firewallSpec, firewallsOver } from "./firewall.ts";
import { type DigitaloceanInputs, ttlSeconds } from "./inputs.ts";
import type { Ledger } from "./ledger.ts";
import { dropletSpec, type Making } from "./making.ts";
import { checkDesired, checkNames, checkOffer, checkSize, costLine, planOf } from "./plan.ts";
import { reap } from "./reap.ts";
import { deleteDroplets } from "./remove.ts";
import type { Firewall } from "./schema.ts";
import { ownOf, type Survey, survey } from "./survey.ts";
import { clusterTag, tagsFor } from "./tags.ts";
import type { Work } from "./work.ts";

/** Makes the cluster's droplets exactly those desired, and each one's host ready for its program. */
export async function ensureCluster(
  desired: DesiredCluster,
  making: Making,
  ledger: Ledger,
  work: Work,
): Promise<ProvidedHost[]> {
  const { cluster, hosts } = desired;
  const { inputs } = making;
  checkNames(hosts, cluster);
  checkSize(inputs);
  const found = survey(cluster, work.owner, await work.api.droplets(clusterTag(cluster)));
  const plan = planOf(desired, found, work.clock.now(), work.waits.activeMs);
  ledger.add({ droplets: ownOf(found) });
  checkDesired(desired, found, inputs);
  const firewalls = await work.api.firewalls();
  const over = namesOver(firewalls, cluster, inputs, found, work);
  const tunnel = chooseTunnel(making.tunnel, over);
  const size = plan.create.length > 0 ? await checkOffer(work.api, inputs) : undefined;
  if (size) note(work, costLine(size, plan.create.length, hosts.length, inputs.region));
  warn(cluster, found, over, tunnel, work);

  const ttl = ttlSeconds(inputs.ttl);
  // Before all that takes long: to another run's reaper an expired cluster is one that nobody uses.
  if (plan.keep.length > 0) await renewExpiry(cluster, plan.keep, ttl, work);
  await reapOthers(cluster, work);
  const gone = new Set<number>();
  await deleteDroplets(plan.shrink, "its host is not wanted any more", gone, work);
  for (const { droplet, why } of plan.replace) await deleteDroplets([droplet], why, gone, work);
  ledger.drop(gone);
  if (inputs.firewall && tunnel !== "gre") {
    await ledger.note({ firewalls: [firewallName(cluster)], tags: [clusterTag(cluster)] });
    await ensureFirewall(work.api, cluster, firewallSpec(cluster, tunnel, inputs.sshFrom), firewalls);
  }
  await createDroplets(cluster, plan.create, dropletSpec(desired, making, work), ledger, work);
  const made = await bringUp(desired, making, gone, work);
  await renewExpiry(
    cluster,
    made.map(({ droplet }) => droplet),
    ttl,
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
  { owner, context }: Pick<Work, "owner" | "context">,
): string[] {
  const ids = [...found.hosts.values()].map(({ id }) => id);
  const tags = [...found.hosts.values()].flatMap((droplet) => droplet.tags);
  const coming = [...tagsFor(cluster, owner, undefined, context.env), ...inputs.tags];
  const over = firewallsOver(firewalls, [...coming, ...tags], ids);
  return [...(inputs.firewall ? [firewallName(cluster)] : []), ...over.map(({ name }) => name)];
}

/** Says what is not wrong, but may not be meant. */
function warn(cluster: string, found: Survey, over: readonly string[], tunnel: TunnelType, work: Work): void {
  const { reporter } = work.context;
  for (const { name } of found.strays) {
    const text = `droplet ${JSON.stringify(name)} has the cluster's tags, but the name of none of its hosts`;
    reporter.report({ kind: "warning", text, hint: "teardown removes it" });
  }
  const { port } = carriers[tunnel];
  for (const firewall of over.filter((name) => name !== firewallName(cluster))) {
    const text = `Cloud Firewall ${JSON.stringify(firewall)} is over the droplets`;
    const hint = `it has to let udp ${port} in from the tag ${clusterTag(cluster)}, and tcp 22 from here`;
    reporter.report({ kind: "warning", text, hint });
  }
}

/**
 * Expired clusters go first: they cost money and count against the account's limit. What others forgot is no
 * reason for this one not to come up.
 */
async function reapOthers(cluster: string, work: Work): Promise<void> {
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

function note(work: Work, text: string): void {
  work.context.reporter.report({ kind: "note", text });
}

import { defaultSubnetPrefix } from "../cluster/addressing.ts";
import { type HostList, makeHostList } from "../cluster/host-list.ts";
import { defaultHostName, planIds } from "../cluster/ids.ts";
import { deriveClientKey, deriveHostKey } from "../cluster/keys.ts";
import { checkHostCount, checkOverlay } from "../cluster/overlay-checks.ts";
import type { ClusterSecret } from "../cluster/secret.ts";
import type { TunnelType } from "../cluster/tunnel.ts";
import { Failure, InputError, isStated, messageOf } from "../errors.ts";
import type { DesiredCluster, ProvidedHost, Provider } from "../provider/provider.ts";
import type { Context } from "./context.ts";
import { type ProvisionInputs, provisionInputs } from "./inputs.ts";
import { agreeToLeave, leaving, letGo } from "./leaving.ts";
import { openProvider } from "./open-provider.ts";
import type { Store } from "./store.ts";

function overlayOf(inputs: ProvisionInputs): HostList["overlay"] {
  const subnetPrefix = inputs.subnetPrefix ?? defaultSubnetPrefix(inputs.network);
  return {
    name: inputs.networkName,
    network: inputs.network,
    subnetPrefix,
    ...(inputs.mtu === undefined ? {} : { mtu: inputs.mtu }),
  };
}

/** The tunnel type asked for; for `auto` what the provider knows to pass, else gre. */
async function tunnelTypeOf(
  inputs: ProvisionInputs,
  provider: Provider,
  context: Context,
): Promise<TunnelType> {
  if (provider.tunnelType) return provider.tunnelType(inputs.cluster, context);
  return inputs.tunnel === "auto" ? "gre" : inputs.tunnel;
}

/** Removing a host ends what runs on it, so it wants a word from the user. */
async function agree(names: readonly string[], inputs: ProvisionInputs, context: Context): Promise<void> {
  if (names.length === 0 || inputs.yes) return;
  const question = `Remove ${names.join(", ")} and all that runs there?`;
  if (await context.confirm?.(question)) return;
  throw new InputError(
    `hosts: ${inputs.hosts} would remove ${names.join(", ")}`,
    "say --yes to remove them, or ask for at least as many hosts as there are",
  );
}

/**
 * Droplets let in nobody but who has the secret they were made with, so where there are some already a new one
 * would be of no use. @throws InputError
 */
async function checkSecret(
  inputs: ProvisionInputs,
  present: number,
  context: Context,
  store: Store,
): Promise<void> {
  const secret = await store.secret(context.env, { create: false });
  if (secret || present === 0 || inputs.provider !== "digitalocean") return;
  throw new InputError(
    `cluster ${inputs.cluster} has ${present} ${present === 1 ? "host" : "hosts"}, but its secret is not known here`,
    `set OVERBRIDGE_SECRET to the one it was made with, or remove it first: overbridge teardown --cluster ${inputs.cluster} --provider digitalocean`,
  );
}

/** What a later command need not be told again: all that makes the cluster what it is, and no consent. */
function worthRemembering(inputs: ProvisionInputs): Record<string, unknown> {
  const { cluster, hostsFile, yes, ...rest } = inputs;
  return Object.fromEntries(Object.entries(rest).filter(([key]) => key in provisionInputs.shape));
}

/**
 * Has the provider make the hosts. Secret and inputs are on disk before, so that a teardown knows them even if
 * this is killed; where the provider finds an input wrong, nothing of them stays.
 */
async function ensureHosts(
  wanted: (secret: ClusterSecret) => DesiredCluster,
  inputs: ProvisionInputs,
  provider: Provider,
  context: Context,
  store: Store,
): Promise<readonly ProvidedHost[]> {
  const restore = await store.snapshot();
  try {
    const secret = await store.secret(context.env, { create: true });
    await store.rememberInputs(worthRemembering(inputs));
    return await provider.ensure(wanted(secret), context);
  } catch (error) {
    if (error instanceof InputError) await restore();
    throw error;
  }
}

/**
 * The host list of hosts that are there now. Where it contradicts itself, an overlay over the hosts' own network for
 * one, that is no refusal any more: hosts were made for it.
 *
 * @throws InputError where nothing was made, else Failure.
 */
export function listOf(
  { provider }: Pick<ProvisionInputs, "provider">,
  cluster: Parameters<typeof makeHostList>[0],
): HostList {
  try {
    return makeHostList(cluster);
  } catch (error) {
    if (provider === "static" || !(error instanceof InputError)) throw error;
    throw new Failure(
      `cluster ${cluster.cluster} has its hosts, but ${error.message}`,
      `${error.hint ?? "take the cluster down"}; until then the hosts stay`,
      { cause: error },
    );
  }
}

/** Keeps what the hosts cost, for whoever shows it. Not to know it is no reason to fail. */
async function keepCost(cluster: string, provider: Provider, context: Context, store: Store): Promise<void> {
  const cost = await provider.cost?.(cluster, context).catch((error: unknown) => {
    if (!isStated(error)) throw error;
    context.reporter.report({
      kind: "warning",
      text: `what the hosts cost is not known: ${messageOf(error)}`,
    });
    return undefined;
  });
  await store.writeCost(cost);
}

/**
 * Has the hosts of a cluster, as many as asked for, and writes its host list.
 *
 * Ids go by what the provider sees, not by what was written down: a host that is there keeps its id, and so
 * its subnet and tunnel names; new ones get the lowest free ids; the highest ids go first.
 *
 * @throws InputError before anything was changed; Failure where hosts could not be had.
 */
export async function provision(inputs: ProvisionInputs, context: Context, store: Store): Promise<HostList> {
  const overlay = overlayOf(inputs);
  checkOverlay(overlay);
  const existing = await store.findHostList();
  if (existing && existing.cluster !== inputs.cluster) {
    throw new InputError(
      `${store.hostsFile} is the host list of cluster ${existing.cluster}, not ${inputs.cluster}`,
    );
  }
  const provider = await openProvider(inputs, existing, context, store);
  const observed = await provider.observe(inputs.cluster, context);
  const count = inputs.provider === "static" ? observed.length : inputs.hosts;
  checkHostCount(overlay, count);
  const ids = planIds(
    observed.map(({ id }) => id),
    count,
  );
  const nameOf = (id: number) => observed.find((host) => host.id === id)?.name ?? defaultHostName(id);
  const tunnel = await tunnelTypeOf(inputs, provider, context);
  await checkSecret(inputs, observed.length, context, store);
  await agree(ids.remove.map(nameOf), inputs, context);
  const left = inputs.provider === "static" ? leaving(existing, observed) : [];
  await agreeToLeave(left, inputs, context);

  context.reporter.report({
    kind: "phase",
    title: `Provisioning ${count} ${count === 1 ? "host" : "hosts"} (${inputs.provider})`,
  });
  const wanted = (secret: ClusterSecret) => ({
    cluster: inputs.cluster,
    hosts: [...ids.keep, ...ids.add]
      .toSorted((a, b) => a - b)
      .map((id) => ({ id, name: nameOf(id), hostKey: deriveHostKey(secret, inputs.cluster, id) })),
    authorizedKey: deriveClientKey(secret, inputs.cluster).publicKey,
    // What was asked about, and nothing that has come since.
    mayRemove: ids.remove,
    mayReplace: inputs.yes,
  });
  const hosts = await ensureHosts(wanted, inputs, provider, context, store);
  const list = listOf(inputs, {
    cluster: inputs.cluster,
    overlay,
    tunnel: { type: tunnel },
    datapath: inputs.datapath,
    hosts: hosts.map(({ id, name, ssh, underlay }) => ({ id, name, ssh, underlay })),
  });
  if (existing) await letGo(existing, left, inputs, context, store);
  await store.writeHostList(list);
  await store.forgetMade();
  await keepCost(inputs.cluster, provider, context, store);
  return list;
}

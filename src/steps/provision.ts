import { defaultSubnetPrefix } from "../cluster/addressing.ts";
import { type HostList, makeHostList } from "../cluster/host-list.ts";
import { defaultHostName, planIds } from "../cluster/ids.ts";
import { deriveClientKey, deriveHostKey } from "../cluster/keys.ts";
import { checkHostCount, checkOverlay } from "../cluster/overlay-checks.ts";
import type { TunnelType } from "../cluster/tunnel.ts";
import { InputError } from "../errors.ts";
import type { Provider } from "../provider/provider.ts";
import type { Context } from "./context.ts";
import { type ProvisionInputs, provisionInputs } from "./inputs.ts";
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

/** What a later command need not be told again: all that makes the cluster what it is, and no consent. */
function worthRemembering(inputs: ProvisionInputs): Record<string, unknown> {
  const { cluster, hostsFile, yes, ...rest } = inputs;
  return Object.fromEntries(Object.entries(rest).filter(([key]) => key in provisionInputs.shape));
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
  await agree(ids.remove.map(nameOf), inputs, context);

  context.reporter.report({
    kind: "phase",
    title: `Provisioning ${count} ${count === 1 ? "host" : "hosts"} (${inputs.provider})`,
  });
  const secret = await store.secret(context.env, { create: true });
  await store.rememberInputs(worthRemembering(inputs));
  const hosts = await provider.ensure(
    {
      cluster: inputs.cluster,
      hosts: [...ids.keep, ...ids.add]
        .toSorted((a, b) => a - b)
        .map((id) => ({ id, name: nameOf(id), hostKey: deriveHostKey(secret, inputs.cluster, id) })),
      authorizedKey: deriveClientKey(secret, inputs.cluster).publicKey,
    },
    context,
  );
  const list = makeHostList({
    cluster: inputs.cluster,
    overlay,
    tunnel: { type: await tunnelTypeOf(inputs, provider, context) },
    datapath: inputs.datapath,
    hosts: hosts.map(({ id, name, ssh, underlay }) => ({ id, name, ssh, underlay })),
  });
  await store.writeHostList(list);
  return list;
}

import type { HostList } from "../cluster/host-list.ts";
import { deriveBootstrapHostKey, deriveClientKey } from "../cluster/keys.ts";
import type { DigitaloceanInputs } from "../provider/digitalocean/inputs.ts";
import { type DigitaloceanProvider, digitaloceanProvider } from "../provider/digitalocean/provider.ts";
import { dockerProvider } from "../provider/docker/provider.ts";
import type { Provider } from "../provider/provider.ts";
import { readStaticHosts } from "../provider/static/options.ts";
import { staticProvider } from "../provider/static/provider.ts";
import { defaultKnownHosts, readKnownHosts } from "../ssh/known-hosts.ts";
import { identityFor, jumpTarget } from "./connect.ts";
import type { Context } from "./context.ts";
import type { ProvisionInputs } from "./inputs.ts";
import type { Store } from "./store.ts";

/** The provider that a cluster's inputs name, ready to be asked. `purge` also removes images kept for the next cluster. */
export async function openProvider(
  inputs: ProvisionInputs,
  existing: HostList | undefined,
  context: Context,
  store: Store,
  { purge = false } = {},
): Promise<Provider> {
  switch (inputs.provider) {
    case "docker":
      return dockerProvider({ purge, ipv6: inputs.ipv6 });
    case "static":
      return openStatic(inputs, existing, context, store);
    case "digitalocean":
      return openDigitalocean(inputs, context, store);
  }
}

/** Clusters of droplets. Only to make hosts, not to find or remove them, is the cluster secret needed. */
export function openDigitalocean(
  inputs: DigitaloceanInputs & Pick<ProvisionInputs, "tunnel">,
  context: Context,
  store: Store,
): DigitaloceanProvider {
  return digitaloceanProvider({
    inputs,
    async access(cluster) {
      const secret = await store.secret(context.env, { create: true });
      return {
        bootstrapHostKey: deriveBootstrapHostKey(secret, cluster),
        identity: { privateKeys: [deriveClientKey(secret, cluster).privateKey] },
      };
    },
    journal: {
      file: store.madeFile,
      write: (made) => store.writeMade(made),
      read: () => store.readMade(),
    },
    tunnel: inputs.tunnel,
  });
}

async function openStatic(
  inputs: ProvisionInputs,
  existing: HostList | undefined,
  context: Context,
  store: Store,
): Promise<Provider> {
  const jump =
    inputs.jump === undefined ? undefined : await jumpTarget(inputs.jump, inputs.knownHosts, context);
  return staticProvider({
    hosts: readStaticHosts(inputs),
    existing: existing?.hosts ?? [],
    knownHosts: await readKnownHosts(inputs.knownHosts ?? defaultKnownHosts(context.env)),
    identity: await identityFor(inputs, context, store),
    trustOnFirstUse: inputs.trustOnFirstUse,
    ...(jump ? { jump } : {}),
  });
}

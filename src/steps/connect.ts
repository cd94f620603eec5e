import type { Host } from "../cluster/host-list.ts";
import { deriveClientKey } from "../cluster/keys.ts";
import { InputError } from "../errors.ts";
import { connect } from "../ssh/connect.ts";
import type { Connection, Identity, Target } from "../ssh/connection.ts";
import { parseHostSpec } from "../ssh/host-spec.ts";
import { loadIdentity } from "../ssh/identity.ts";
import { defaultKnownHosts, pinnedKey, readKnownHosts } from "../ssh/known-hosts.ts";
import { waitForReady } from "../ssh/ready.ts";
import { waitForHost } from "../ssh/wait.ts";
import type { ConnectHost } from "./configure.ts";
import type { Context } from "./context.ts";
import type { LoginInputs } from "./inputs.ts";
import type { Store } from "./store.ts";

/** What proves who we are to a cluster's hosts: the derived key where there is a secret, key files, the agent. */
export async function identityFor(
  inputs: LoginInputs,
  context: Pick<Context, "env">,
  store: Store,
): Promise<Identity> {
  const secret = await store.secret(context.env, { create: false });
  return loadIdentity({
    keys: secret ? [deriveClientKey(secret, store.cluster).privateKey] : [],
    keyFiles: inputs.key,
    env: context.env,
  });
}

/** The host to go through, pinned to the key that known_hosts has for it. @throws InputError where it has none. */
export async function jumpTarget(
  spec: string,
  knownHosts: string | undefined,
  context: Pick<Context, "env">,
): Promise<Target> {
  const host = parseHostSpec(spec);
  const file = knownHosts ?? defaultKnownHosts(context.env);
  const hostKey = pinnedKey(await readKnownHosts(file), host);
  if (hostKey) return { name: spec, ...host, hostKey };
  throw new InputError(
    `--jump: ${file} has no host key of ${spec}`,
    `check it by other means, then: ssh-keyscan ${host.address} >>${file}`,
  );
}

/**
 * How a step connects to hosts of the list.
 *
 * @param options `waitSeconds`: how long a host may take to answer on SSH, be done with cloud-init and let
 *   go of apt's lock; absent, it must answer now.
 */
export async function connector(
  inputs: LoginInputs & { readonly knownHosts?: string | undefined },
  context: Context,
  store: Store,
  options: { readonly waitSeconds?: number } = {},
): Promise<ConnectHost> {
  const identity = await identityFor(inputs, context, store);
  const jump =
    inputs.jump === undefined ? undefined : await jumpTarget(inputs.jump, inputs.knownHosts, context);
  const { signal, reporter } = context;
  return async (host: Host): Promise<Connection> => {
    const target: Target = { name: host.name, ...host.ssh, ...(jump ? { jump } : {}) };
    if (options.waitSeconds === undefined) return connect(target, identity, { signal });
    const timeoutMs = options.waitSeconds * 1000;
    const onProgress = (text: string) => reporter.report({ kind: "doing", host: host.name, text });
    const connection = await waitForHost(target, identity, { signal, timeoutMs, onProgress });
    try {
      await waitForReady(connection, { signal, timeoutMs, onProgress });
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  };
}

import { createHash } from "node:crypto";
import pLimit from "p-limit";
import { type Engine, openEngine } from "../../docker/engine.ts";
import type { PackedFile } from "../../docker/tar.ts";
import { Failure, InputError, isStated, messageOf } from "../../errors.ts";
import type { Context } from "../../steps/context.ts";
import { checkConsent, checkReplacement } from "../consent.ts";
import type { DesiredCluster, DesiredHost, ProvidedHost } from "../provider.ts";
import { nameTaken, startHost } from "./container.ts";
import { ensureHostImage } from "./host-image.ts";
import { prepareMachine } from "./machine.ts";
import {
  CLUSTER_LABEL,
  containerName,
  HOST_ID_LABEL,
  HOST_NAME_LABEL,
  KEYS_LABEL,
  ROLE_LABEL,
} from "./names.ts";
import { ensureNetwork, type HostNetwork, underlayAddress } from "./network.ts";
import type { DockerProviderOptions } from "./provider.ts";
import { waitForSshd } from "./ready.ts";
import { removeContainer } from "./remove.ts";
import { type FoundHost, strangers, survey } from "./survey.ts";

/** Containers that start at the same time: more only compete for the processors. */
const AT_ONCE = 8;

/** All that the hosts of one cluster have in common. */
interface Frame {
  readonly engine: Engine;
  readonly context: Context;
  readonly desired: DesiredCluster;
  readonly image: string;
  readonly network: HostNetwork;
  readonly withheld: readonly string[];
}

/**
 * Makes the containers of a cluster exactly the desired hosts. One that runs with the right keys at the right
 * address is left alone, a stopped one is started, any other is replaced; hosts beyond the desired are removed.
 *
 * @throws InputError where that would remove a host nobody agreed to lose or replace one that runs with other keys,
 *   Failure where a name is taken by a stranger (before anything is changed), or naming each host that did not come
 *   up; the others then are up.
 */
export async function ensureHosts(
  options: DockerProviderOptions,
  desired: DesiredCluster,
  context: Context,
): Promise<ProvidedHost[]> {
  const engine = openEngine(context);
  const { cluster } = desired;
  const taken = await strangers(engine, cluster);
  for (const { name } of desired.hosts) {
    if (taken.has(containerName(cluster, name))) throw nameTaken(containerName(cluster, name));
  }

  const found = await survey(engine, cluster);
  checkConsent(
    desired,
    found.map(({ id, name }) => ({ id, what: name })),
  );
  const wanted = new Map(desired.hosts.map((host) => [host.id, host]));
  const others = found.filter((host) => isAlive(host) && hasOtherKeys(host, wanted.get(host.id), desired));
  checkReplacement(
    desired,
    others.map(({ name }) => name),
  );

  const image = await ensureHostImage(options, context);
  const network = await ensureNetwork(engine, cluster, options.ipv6 ?? false);
  const fitting = (host: FoundHost) => fits(host, wanted.get(host.id), desired, network);
  await Promise.all(found.filter((host) => !fitting(host)).map((host) => remove(engine, host, context)));
  const labels = { [CLUSTER_LABEL]: cluster, [ROLE_LABEL]: "helper" };
  const withheld = await prepareMachine(engine, image, network.bridge, labels);

  const frame: Frame = { engine, context, desired, image, network, withheld };
  const present = new Map(found.filter(fitting).map((host) => [host.id, host]));
  const limit = pLimit(AT_ONCE);
  const hosts = [...desired.hosts].sort((a, b) => a.id - b.id);
  const results = await Promise.allSettled(
    hosts.map((host) => limit(() => ensureHost(frame, host, present.get(host.id)))),
  );
  context.signal.throwIfAborted();
  return allOf(results);
}

/** Whether something may be running in a container: a stopped or half-made one is nobody's work. */
function isAlive({ status }: FoundHost): boolean {
  return ["running", "paused", "restarting"].includes(status);
}

function hasOtherKeys(found: FoundHost, host: DesiredHost | undefined, desired: DesiredCluster): boolean {
  return host !== undefined && found.keys !== keysDigest(host, desired);
}

/** Whether a container can be the desired host, by what was fixed when it was made. */
function fits(
  found: FoundHost,
  host: DesiredHost | undefined,
  desired: DesiredCluster,
  network: HostNetwork,
): boolean {
  return (
    host !== undefined &&
    ["running", "exited"].includes(found.status) &&
    found.name === host.name &&
    !hasOtherKeys(found, host, desired) &&
    found.ipv4 === underlayAddress(network, host.id).ipv4
  );
}

async function remove(engine: Engine, host: FoundHost, context: Context): Promise<void> {
  context.reporter.report({ kind: "doing", host: host.name, text: "removing the container" });
  await removeContainer(engine, host.container, context.signal);
}

async function ensureHost(
  frame: Frame,
  host: DesiredHost,
  present: FoundHost | undefined,
): Promise<ProvidedHost> {
  const { context, desired, engine, network } = frame;
  const container = containerName(desired.cluster, host.name);
  const doing = (text: string) => context.reporter.report({ kind: "doing", host: host.name, text });
  let running = present?.status === "running";
  if (present && !running) {
    doing("starting the container");
    running = (await engine.attempt(["start", present.container])).code === 0;
    if (!running) await remove(engine, present, context);
  }
  if (!running) {
    doing("creating the container");
    await create(frame, host, container);
  }
  const { ipv4, ipv6 } = underlayAddress(network, host.id);
  const address = ipv6 ?? ipv4;
  await waitForSshd(engine, { name: host.name, container, address }, context);
  doing("sshd answers");
  return {
    id: host.id,
    name: host.name,
    ssh: { user: "root", address, port: 22, hostKey: host.hostKey.fingerprint },
    underlay: address,
  };
}

function create(frame: Frame, host: DesiredHost, container: string): Promise<void> {
  const { desired, engine, image, network, withheld } = frame;
  return startHost(engine, {
    name: container,
    hostname: host.name,
    image,
    network,
    address: underlayAddress(network, host.id),
    files: keyFiles(host, desired),
    labels: {
      [CLUSTER_LABEL]: desired.cluster,
      [ROLE_LABEL]: "host",
      [HOST_ID_LABEL]: String(host.id),
      [HOST_NAME_LABEL]: host.name,
      [KEYS_LABEL]: keysDigest(host, desired),
    },
    withheld,
  });
}

/** The one host key that sshd has, and the one key that may log in. */
function keyFiles({ hostKey }: DesiredHost, { authorizedKey }: DesiredCluster): PackedFile[] {
  return [
    { path: "/etc/ssh/ssh_host_ed25519_key", content: hostKey.privateKey, mode: 0o600 },
    { path: "/etc/ssh/ssh_host_ed25519_key.pub", content: `${hostKey.publicKey}\n`, mode: 0o644 },
    { path: "/root/.ssh/authorized_keys", content: `${authorizedKey}\n`, mode: 0o600 },
  ];
}

function keysDigest({ hostKey }: DesiredHost, { authorizedKey }: DesiredCluster): string {
  return createHash("sha256").update(`${hostKey.publicKey}\n${authorizedKey}\n`).digest("hex").slice(0, 16);
}

/** All values, or one Failure that tells of every host that failed. */
function allOf<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  const reasons = results.flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  const unstated = reasons.find((reason) => !isStated(reason));
  if (unstated !== undefined) throw unstated;
  const [first] = reasons;
  if (reasons.length === 1 || first instanceof InputError) throw first;
  if (first instanceof Failure) throw new Failure(reasons.map(messageOf).join("; "), first.hint);
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

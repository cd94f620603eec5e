import type { z } from "zod";
import type { HostList } from "../cluster/host-list.ts";
import { InputError } from "../errors.ts";
import type { Removal } from "../provider/provider.ts";
import { clearHosts } from "./clear-hosts.ts";
import type { Context } from "./context.ts";
import { type ProvisionInputs, provisionInputs, type teardownInputs } from "./inputs.ts";
import { openDigitalocean, openProvider } from "./open-provider.ts";
import { parseInputs } from "./parse.ts";
import type { Store } from "./store.ts";

type TeardownInputs = z.output<typeof teardownInputs>;

export interface TeardownResult {
  readonly ok: boolean;
  /** Absent where expired clusters were asked for, not one by name. */
  readonly cluster?: string;
  readonly removed: readonly string[];
  readonly left: readonly string[];
}

/** Takes a cluster off hosts that were there before it. They are found by the host list alone. */
async function clearStatic(
  known: ProvisionInputs,
  inputs: TeardownInputs,
  context: Context,
  store: Store,
  given: HostList | undefined,
): Promise<Removal> {
  const list = given ?? (await store.findHostList());
  if (list) return clearHosts(list, list.hosts, inputs, context, store);
  // A provision that did not get as far as a list has changed nothing on them; of one elsewhere nothing is known.
  if (known.host.length > 0) return { removed: [], left: [] };
  throw new InputError(
    `there is no host list ${store.hostsFile}`,
    "hosts of provider static are found by the host list: name it with --hosts-file",
  );
}

/**
 * Removes every cluster of this owner that is past its ttl; with `dryRun` only says which. What this machine
 * remembers of them stays: it is not asked, and may be of newer ones.
 *
 * @returns as `removed` what was, or with `dryRun` would be.
 */
async function removeExpired(
  inputs: TeardownInputs,
  context: Context,
  store: Store,
): Promise<TeardownResult> {
  if (inputs.provider !== undefined && inputs.provider !== "digitalocean") {
    throw new InputError(
      `--expired: clusters of provider digitalocean alone expire, found ${inputs.provider}`,
      "add --provider digitalocean",
    );
  }
  context.reporter.report({ kind: "phase", title: "Looking for clusters past their ttl" });
  const { apiUrl, dryRun } = inputs;
  const provider = openDigitalocean(provisionInputs.parse({ apiUrl }), context, store);
  return { ok: true, ...(await provider.reapExpired({ dryRun }, context)) };
}

/**
 * Removes all that a cluster has: its hosts where overbridge made them, else its things on them; then this
 * machine's files about it. Where a host could not be cleared the files stay, so that a second try can. With
 * `expired`, instead every cluster that is past its ttl.
 *
 * @param given the host list, where it is not in the store: hosts of provider static are found by it.
 * @throws InputError where it would have to be, and is not.
 */
export async function teardown(
  inputs: TeardownInputs,
  context: Context,
  store: Store,
  given?: HostList,
): Promise<TeardownResult> {
  if (inputs.expired) return removeExpired(inputs, context, store);
  if (inputs.dryRun) throw new InputError("--dry-run: goes with --expired alone");
  context.reporter.report({ kind: "phase", title: `Tearing down cluster ${inputs.cluster}` });
  const known = parseInputs(
    provisionInputs,
    { cluster: inputs.cluster, provider: inputs.provider, apiUrl: inputs.apiUrl },
    (name) => `--${name}`,
    await store.rememberedInputs(),
  );
  const { cluster } = inputs;
  const { removed, left } = await (known.provider === "static"
    ? clearStatic(known, inputs, context, store, given)
    : // These find their hosts by tag or label, so that a list that is old or damaged is in nobody's way.
      (await openProvider(known, undefined, context, store, inputs)).destroy(cluster, context));
  if (known.provider === "static" && left.length > 0) return { ok: false, cluster, removed, left };
  const files = await store.remove();
  return { ok: true, cluster, removed: [...removed, ...files.map((file) => `file ${file}`)], left };
}

import type { Cost } from "../../cluster/cost.ts";
import type { TunnelType } from "../../cluster/tunnel.ts";
import { InputError } from "../../errors.ts";
import { connect } from "../../ssh/connect.ts";
import type { Context } from "../../steps/context.ts";
import type { Provider, Removal } from "../provider.ts";
import type { Access, Dial } from "./adopt.ts";
import { openApi } from "./api.ts";
import { type Clock, systemClock } from "./clock.ts";
import { costOf } from "./cost.ts";
import { destroyCluster } from "./destroy.ts";
import { ensureCluster, namesOver } from "./ensure.ts";
import { chooseTunnel } from "./firewall.ts";
import { openHttp, parseApiUrl } from "./http.ts";
import type { DigitaloceanInputs } from "./inputs.ts";
import { lastLook } from "./last-look.ts";
import { type Journal, Ledger } from "./ledger.ts";
import { inLastMoments, untilStopped } from "./limits.ts";
import { type Settle, settleOverSsh } from "./making.ts";
import { reap } from "./reap.ts";
import { clustersOf, ownOf, survey } from "./survey.ts";
import { clusterTag, ownerOf, ROOT_TAG } from "./tags.ts";
import { unansweredOf } from "./unanswered.ts";
import { defaultWaits, type Waits, type Work } from "./work.ts";

export interface DigitaloceanOptions {
  readonly inputs: DigitaloceanInputs;
  /** The keys of a cluster's first contact; asked for by `ensure` alone. */
  readonly access: (cluster: string) => Access | Promise<Access>;
  /** Where what is made is written down while it is made. */
  readonly journal?: Journal;
  /** How a host is connected to, and how its first boot is waited for (default: over SSH). */
  readonly dial?: Dial;
  readonly settle?: Settle;
  /** The tunnel type asked for (default `auto`). */
  readonly tunnel?: TunnelType | "auto";
  readonly clock?: Clock;
  readonly waits?: Partial<Waits>;
}

export interface DigitaloceanProvider extends Provider {
  /** The tunnel type a cluster has: what was asked for, or for `auto` what can pass. @throws InputError where gre cannot. */
  tunnelType(cluster: string, context: Context): Promise<TunnelType>;
  /** What the cluster's droplets cost, those that are too many included. */
  cost(cluster: string, context: Context): Promise<Cost>;
  /** The names of this owner's clusters that have a droplet. */
  clusters(context: Context): Promise<readonly string[]>;
  /** Removes this owner's clusters that are past their ttl, and says what it left and why. */
  reapExpired(options: { dryRun: boolean }, context: Context): Promise<Removal>;
}

/** Clusters of droplets, found and told apart by their tags alone. */
export function digitaloceanProvider(options: DigitaloceanOptions): DigitaloceanProvider {
  const { inputs } = options;
  const clock = options.clock ?? systemClock;
  const waits = { ...defaultWaits, ...options.waits };

  function begin(context: Context, signal = context.signal): Work {
    const { env, reporter } = context;
    const source = inputs.apiUrl !== undefined ? "--api-url" : "DIGITALOCEAN_API_URL";
    const url = parseApiUrl(
      inputs.apiUrl ?? env.DIGITALOCEAN_API_URL ?? "https://api.digitalocean.com",
      source,
    );
    const onWait = (text: string) => reporter.report({ kind: "note", text });
    const http = openHttp({ url, token: tokenOf(env), signal, clock, timeoutMs: waits.answerMs, onWait });
    return { api: openApi(http), clock, context, owner: ownerOf(env), waits };
  }

  return {
    async observe(cluster, context) {
      const work = begin(context);
      const { hosts } = survey(cluster, work.owner, await work.api.droplets(clusterTag(cluster)));
      return [...hosts.keys()].toSorted((a, b) => a - b).map((id) => ({ id, name: `host${id}` }));
    },

    async ensure(desired, context) {
      const { cluster } = desired;
      const defaults = { tunnel: "auto", dial: connect, settle: settleOverSsh } as const;
      const making = { ...defaults, ...options, access: await options.access(cluster) };
      const ledger = new Ledger(cluster, options.journal);
      const { signal } = context;
      const work = begin(context);
      // What the run before may yet get stays written down, should this one be cut short too.
      for (const { name, asked, until } of await unansweredOf(cluster, options.journal, work)) {
        if (name !== undefined && clock.now() < until) ledger.add({ asked: { names: [name], at: asked } });
      }
      try {
        return await untilStopped(ensureCluster(desired, making, ledger, work), signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        throw await inLastMoments((end) => lastLook(cluster, ledger, options.journal, begin(context, end)));
      }
    },

    async destroy(cluster, context) {
      const work = begin(context);
      return destroyCluster(cluster, work, {
        unanswered: await unansweredOf(cluster, options.journal, work),
      });
    },

    async tunnelType(cluster, context) {
      const work = begin(context);
      const found = survey(cluster, work.owner, await work.api.droplets(clusterTag(cluster)));
      return chooseTunnel(
        options.tunnel ?? "auto",
        namesOver(await work.api.firewalls(), cluster, inputs, found, work),
      );
    },

    async cost(cluster, context) {
      const { api, clock, owner } = begin(context);
      const found = survey(cluster, owner, await api.droplets(clusterTag(cluster)));
      return costOf(ownOf(found), clock.now());
    },

    async clusters(context) {
      const { api, owner } = begin(context);
      return clustersOf(owner, await api.droplets(ROOT_TAG));
    },

    async reapExpired({ dryRun }, context) {
      return reap(begin(context), dryRun);
    },
  };
}

/** The API token. It is only ever put into the header of a request. */
function tokenOf(env: Context["env"]): string {
  const token = (env.DIGITALOCEAN_ACCESS_TOKEN || env.AUTH_TOKEN || "").trim();
  if (token === "") {
    throw new InputError(
      "DIGITALOCEAN_ACCESS_TOKEN is not set: expected an API token in the environment",
      "make one at https://cloud.digitalocean.com/account/api/tokens with the scopes that docs/digitalocean.md lists",
    );
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new InputError(
      "DIGITALOCEAN_ACCESS_TOKEN: expected a token of printable characters without spaces",
    );
  }
  return token;
}

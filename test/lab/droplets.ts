import { randomBytes } from "node:crypto";
import { systemClock } from "../../src/provider/digitalocean/clock.ts";
import type { Context } from "../../src/steps/context.ts";
import type { Droplet } from "../doubles/digitalocean/account.ts";
import { type Machines, startMachines } from "../doubles/digitalocean/machines.ts";
import { type Double, startDouble } from "../doubles/digitalocean/server.ts";

/** The user of the shell, whose the clusters of a lab account are. */
const USER = "lab";
const OWNER_TAG = `overbridge-owner-shell:${USER}`;

/** DigitalOcean's double, with strangers' droplets in its account. */
export interface Lab extends AsyncDisposable {
  readonly double: Double;
  /** The machines behind a cluster's droplets, where it has real ones. */
  readonly machines: Machines | undefined;
  /** What a command line needs to find the account, and whose it is. */
  readonly env: Record<string, string>;
  /** What must be as before when all is over: everything but the two tags that an owner's clusters share. */
  lasting(): ReturnType<Double["account"]["inventory"]>;
  /** The droplets with a cluster's tag that nobody has deleted. */
  own(cluster: string): Droplet[];
}

/** @param real the cluster whose droplets get a machine each; absent, droplets are but entries in the account. */
export async function startLab(real?: string): Promise<Lab> {
  const context: Context = {
    reporter: { report() {}, close() {} },
    signal: new AbortController().signal,
    env: process.env,
  };
  const machines = real
    ? await startMachines(`droplets-${randomBytes(3).toString("hex")}`, context)
    : undefined;
  const isReal = ({ tags }: Droplet) => tags.has(`overbridge-cluster-${real}`);
  const backing = machines && {
    start: async (droplet: Droplet) =>
      isReal(droplet) ? machines.start(droplet) : { public: "203.0.113.9", private: "10.110.0.9" },
    stop: async (droplet: Droplet) => (isReal(droplet) ? machines.stop(droplet) : undefined),
  };
  const double = await startDouble({ clock: systemClock, ...(backing ? { backing } : {}) });
  Object.assign(double.account.habits, { bootMs: 500, lingerMs: 1_000, limit: 100 });
  return {
    double,
    machines,
    env: {
      DIGITALOCEAN_ACCESS_TOKEN: double.token,
      DIGITALOCEAN_API_URL: double.url,
      GITHUB_REPOSITORY: "",
      USER,
      OVERBRIDGE_SECRET: "",
    },
    lasting() {
      const inventory = double.account.inventory();
      const shared = ["overbridge", OWNER_TAG, REPOSITORY_TAG];
      return { ...inventory, tags: inventory.tags.filter((tag) => !shared.includes(tag)) };
    },
    own: (cluster) => double.account.living().filter(({ tags }) => tags.has(`overbridge-cluster-${cluster}`)),
    async [Symbol.asyncDispose]() {
      await double.close();
      await machines?.[Symbol.asyncDispose]();
    },
  };
}

/** Whose clusters are that a workflow of the lab's repository made. */
export const REPOSITORY_TAG = "overbridge-owner-lab:overbridge";

/** What the owner of the account keeps among a repository's secrets, and where the account is: for a workflow's run. */
export const keptFor = ({ double }: Lab, secret = randomBytes(32).toString("hex")) => ({
  secrets: {
    DIGITALOCEAN_ACCESS_TOKEN: double.token,
    OVERBRIDGE_SECRET: secret,
    // What github.token is on a runner. No pull request is asked for: none has a cluster.
    GITHUB_TOKEN: "lab",
  },
  env: { DIGITALOCEAN_API_URL: double.url },
});

/** Somebody else's droplets, near to ours in every way that a careless program would mistake for ours. */
export function addStrangers({ double: { account } }: Lab, cluster: string): void {
  const spec = { region: "fra1", size: "s-1vcpu-1gb", image: "debian-12-x64" };
  account.create([`${cluster}-host1`], spec);
  account.create([`${cluster}-host2`], { ...spec, tags: ["production"] });
  account.create(["other-host1"], { ...spec, tags: tagsOf("other", "overbridge-owner-shell:somebody", 1) });
}

/** The tags of a cluster's droplets. @param expires seconds since the Unix epoch */
export function tagsOf(cluster: string, ownerTag = OWNER_TAG, expires?: number): string[] {
  return [
    "overbridge",
    `overbridge-cluster-${cluster}`,
    ownerTag,
    ...(expires === undefined ? [] : [`overbridge-expires-${cluster}-${expires}`]),
  ];
}

import { randomBytes } from "node:crypto";
import { vi } from "vitest";
import { parse } from "yaml";
import { fingerprintOf } from "../../../src/cluster/fingerprint.ts";
import { deriveBootstrapHostKey, deriveClientKey, deriveHostKey } from "../../../src/cluster/keys.ts";
import { ClusterSecret } from "../../../src/cluster/secret.ts";
import type { Dial } from "../../../src/provider/digitalocean/adopt.ts";
import { type DigitaloceanInputs, digitaloceanInputs } from "../../../src/provider/digitalocean/inputs.ts";
import {
  type DigitaloceanOptions,
  digitaloceanProvider,
} from "../../../src/provider/digitalocean/provider.ts";
import type { DesiredCluster } from "../../../src/provider/provider.ts";
import type { Event } from "../../../src/report/reporter.ts";
import type { Connection } from "../../../src/ssh/connection.ts";
import { ConnectFailure } from "../../../src/ssh/failure.ts";
import type { Context } from "../../../src/steps/context.ts";
import type { Droplet } from "../../doubles/digitalocean/account.ts";
import { VirtualClock } from "../../doubles/digitalocean/clock.ts";
import { type Double, startDouble } from "../../doubles/digitalocean/server.ts";

// The first requests compile the validators of the whole description.
vi.setConfig({ testTimeout: 60_000 });

export const CLUSTER = "demo";
/** Milliseconds from a droplet's being active until its sshd answers. */
const SSHD_MS = 6_000;

export interface World extends AsyncDisposable {
  readonly double: Double;
  readonly clock: VirtualClock;
  readonly events: Event[];
  readonly secret: ClusterSecret;
  readonly fleet: Fleet;
  /** Everything that was reported, as one text. */
  said(): string;
  context(options?: { signal?: AbortSignal; env?: Record<string, string> }): Context;
  desired(count: number, cluster?: string, mayRemove?: readonly number[]): DesiredCluster;
  provider(
    inputs?: Partial<DigitaloceanInputs>,
    options?: Partial<DigitaloceanOptions>,
  ): ReturnType<typeof digitaloceanProvider>;
}

/** The droplets' sshd, as far as the provider can tell: which host key each shows, and that it can be replaced. */
interface Fleet {
  readonly dial: Dial;
  /** Fingerprint of the key each droplet shows, by droplet id. */
  readonly shows: Map<number, string>;
  /** Droplets whose sshd never answers, by name. */
  readonly mute: Set<string>;
  /** The droplets on which boot was waited to be over. */
  readonly settled: string[];
  /** How often each droplet's host key was replaced, by name. */
  readonly adopted: Map<string, number>;
}

function bootKeyOf(droplet: Droplet): string {
  return fingerprintOf(parse(droplet.userData).ssh_keys.ed25519_public);
}

function makeFleet(double: Double, clock: VirtualClock, hostKeys: Map<string, string>): Fleet {
  const shows = new Map<number, string>();
  const mute = new Set<string>();
  const adopted = new Map<string, number>();

  const dial: Dial = async (target) => {
    const droplet = double.account.living().find(({ addresses }) => addresses.public === target.address);
    const up = droplet && clock.now() >= droplet.activeAt + SSHD_MS && !mute.has(droplet.name);
    if (!up)
      throw new ConnectFailure("refused", `${target.name}: ${target.address}:22 refused the connection`);
    const shown = shows.get(droplet.id) ?? bootKeyOf(droplet);
    if (shown !== target.hostKey) {
      throw new ConnectFailure("host-key", `${target.name}: expected ${target.hostKey}, found ${shown}`);
    }
    const connection: Partial<Connection> = {
      target,
      async run(_command, options) {
        const fingerprint = hostKeys.get(String(options?.stdin));
        if (fingerprint === undefined) return { code: 1, signal: null, stdout: "", stderr: "not a key" };
        shows.set(droplet.id, fingerprint);
        adopted.set(droplet.name, (adopted.get(droplet.name) ?? 0) + 1);
        return { code: 0, signal: null, stdout: "", stderr: "" };
      },
      close() {},
    };
    return connection as Connection;
  };
  return { dial, shows, mute, adopted, settled: [] };
}

/** An account with somebody else's things in it, and a provider that works on it. */
export async function makeWorld(): Promise<World> {
  const clock = new VirtualClock();
  const double = await startDouble({ clock });
  addStrangers(double);
  const events: Event[] = [];
  const secret = new ClusterSecret(randomBytes(32));
  const hostKeys = new Map<string, string>();
  const fleet = makeFleet(double, clock, hostKeys);
  return {
    double,
    clock,
    events,
    secret,
    fleet,
    said: () => JSON.stringify(events),
    context: ({ signal, env } = {}) => ({
      reporter: { report: (event) => events.push(event), close() {} },
      signal: signal ?? new AbortController().signal,
      env: {
        DIGITALOCEAN_ACCESS_TOKEN: double.token,
        DIGITALOCEAN_API_URL: double.url,
        GITHUB_REPOSITORY: "Octo/over.bridge",
        GITHUB_RUN_ID: "777",
        ...env,
      },
    }),
    desired: (count, cluster = CLUSTER, mayRemove = []) => {
      const hosts = Array.from({ length: count }, (_, index) => ({
        id: index + 1,
        name: `host${index + 1}`,
        hostKey: deriveHostKey(secret, cluster, index + 1),
      }));
      for (const { hostKey } of hosts) hostKeys.set(hostKey.privateKey, hostKey.fingerprint);
      return { cluster, authorizedKey: deriveClientKey(secret, cluster).publicKey, hosts, mayRemove };
    },
    provider: (inputs = {}, options = {}) =>
      digitaloceanProvider({
        inputs: { ...digitaloceanInputs.parse({}), ...inputs },
        access: (cluster) => ({
          bootstrapHostKey: deriveBootstrapHostKey(secret, cluster),
          identity: { privateKeys: [deriveClientKey(secret, cluster).privateKey] },
        }),
        dial: fleet.dial,
        settle: async (connection) => {
          fleet.settled.push(connection.target.name);
        },
        clock,
        ...options,
      }),
    [Symbol.asyncDispose]: () => double.close(),
  };
}

/** What is in the account before: near to ours in every way that a careless program would mistake for ours. */
function addStrangers({ account }: Double): void {
  const spec = { region: "fra1", size: "s-1vcpu-1gb", image: "debian-12-x64" };
  account.create(["demo-host1"], spec);
  account.create(["demo-host2"], { ...spec, tags: ["production"] });
  account.create(["web"], { ...spec, tags: ["overbridges", "cluster-demo"] });
  account.tag("overbridge-cluster-demo2");
  account.firewalls.push({
    id: "0b1a7a4e-6d5a-4a51-8a0e-0c7c1b1a0001",
    name: "overbridge-other",
    tags: ["production"],
    droplet_ids: [],
    inbound_rules: [],
    outbound_rules: [],
    createdAt: account.clock.now(),
  });
}

/** The cluster's droplets that nobody has deleted, by name. */
export function ownNames({ double }: World, cluster = CLUSTER): string[] {
  return double.account
    .living()
    .filter(({ tags }) => tags.has(`overbridge-cluster-${cluster}`))
    .map(({ name }) => name)
    .sort();
}

/** What must be as it was when everything is over: all but the two tags that every cluster of an owner shares. */
export function lasting({ double }: World) {
  const inventory = double.account.inventory();
  const shared = ["overbridge", "overbridge-owner-octo:over::bridge"];
  return { ...inventory, tags: inventory.tags.filter((tag) => !shared.includes(tag)) };
}

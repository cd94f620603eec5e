import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deriveBootstrapHostKey, deriveClientKey, deriveHostKey } from "../../src/cluster/keys.ts";
import { ClusterSecret } from "../../src/cluster/secret.ts";
import { systemClock } from "../../src/provider/digitalocean/clock.ts";
import { digitaloceanInputs } from "../../src/provider/digitalocean/inputs.ts";
import { digitaloceanProvider } from "../../src/provider/digitalocean/provider.ts";
import type { DesiredCluster, ProvidedHost } from "../../src/provider/provider.ts";
import { connect } from "../../src/ssh/connect.ts";
import type { Connection } from "../../src/ssh/connection.ts";
import type { Context } from "../../src/steps/context.ts";
import { type Machines, startMachines } from "../doubles/digitalocean/machines.ts";
import { type Double, startDouble } from "../doubles/digitalocean/server.ts";

const CLUSTER = "lab-do";
const secret = new ClusterSecret(randomBytes(32));
const identity = { privateKeys: [deriveClientKey(secret, CLUSTER).privateKey] };
const bootstrapHostKey = deriveBootstrapHostKey(secret, CLUSTER);
const said: string[] = [];

let machines: Machines;
let double: Double;
let context: Context;

const provider = () =>
  digitaloceanProvider({
    inputs: digitaloceanInputs.parse({ ttl: "1h" }),
    access: () => ({ bootstrapHostKey, identity }),
    waits: { pollMs: 1_000 },
  });

const desired = (count: number): DesiredCluster => ({
  cluster: CLUSTER,
  authorizedKey: deriveClientKey(secret, CLUSTER).publicKey,
  hosts: Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    name: `host${index + 1}`,
    hostKey: deriveHostKey(secret, CLUSTER, index + 1),
  })),
});

async function on<T>(
  host: ProvidedHost,
  work: (connection: Connection) => Promise<T>,
  hostKey = host.ssh.hostKey,
): Promise<T> {
  const connection = await connect({ name: host.name, ...host.ssh, hostKey }, identity);
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

beforeAll(async () => {
  const effects = {
    reporter: { report: (event: object) => void said.push(JSON.stringify(event)), close() {} },
    signal: new AbortController().signal,
  };
  machines = await startMachines(`lab-do-${randomBytes(3).toString("hex")}`, {
    ...effects,
    env: process.env,
  });
  double = await startDouble({ clock: systemClock, backing: machines });
  double.account.habits.lingerMs = 1_000;
  const env = { ...process.env, DIGITALOCEAN_ACCESS_TOKEN: double.token, DIGITALOCEAN_API_URL: double.url };
  context = { ...effects, env };
});

afterAll(async () => {
  await double?.close();
  await machines?.[Symbol.asyncDispose]();
});

describe("droplets with real cloud-init", () => {
  let hosts: readonly ProvidedHost[];

  test("come up with their own host keys, in one create call", async () => {
    hosts = await provider().ensure(desired(2), context);
    expect(hosts.map(({ name }) => name)).toEqual(["host1", "host2"]);
    expect(hosts.map(({ ssh }) => ssh.hostKey)).toEqual(
      desired(2).hosts.map(({ hostKey }) => hostKey.fingerprint),
    );
    expect(double.count("droplets_create")).toBe(1);
  });

  test("are through with cloud-init, and let root in by key alone", async () => {
    for (const host of hosts) {
      await on(host, async (connection) => {
        const { stdout } = await connection.run(
          "cloud-init status; hostname; sshd -T | grep ^passwordauthentication",
        );
        expect(stdout.split("\n").slice(0, 3)).toEqual([
          "status: done",
          `${CLUSTER}-${host.name}`,
          "passwordauthentication no",
        ]);
      });
    }
  });

  test("refuse the bootstrap key from then on, and have no other host key left", async () => {
    for (const host of hosts) {
      const attempt = on(host, async () => {}, bootstrapHostKey.fingerprint);
      await expect(attempt).rejects.toMatchObject({ problem: "host-key" });
      await on(host, async (connection) => {
        const { stdout } = await connection.run(
          "ls /etc/ssh/ssh_host_* /etc/ssh/.overbridge* 2>/dev/null; stat -c %a /etc/ssh/ssh_host_ed25519_key",
        );
        expect(stdout.trim().split("\n")).toEqual([
          "/etc/ssh/ssh_host_ed25519_key",
          "/etc/ssh/ssh_host_ed25519_key.pub",
          "600",
        ]);
      });
    }
  });

  test("keep their own host key over a reboot, on which cloud-init runs again", async () => {
    for (const droplet of double.account.living()) await machines.reboot(droplet);
    expect(await provider().ensure(desired(2), context)).toEqual(hosts);
  });

  test("are as they are after a second run, and one more comes up beside them", async () => {
    const creates = double.count("droplets_create");
    expect(await provider().ensure(desired(2), context)).toEqual(hosts);
    expect(double.count("droplets_create")).toBe(creates);
    const grown = await provider().ensure(desired(3), context);
    expect(grown.slice(0, 2)).toEqual(hosts);
    expect(grown[2]?.ssh.hostKey).toBe(desired(3).hosts[2]?.hostKey.fingerprint);
  });

  test("are gone after teardown, and their machines with them", async () => {
    const living = double.account.living();
    expect(living).toHaveLength(3);
    await provider().destroy(CLUSTER, context);
    expect(double.account.living()).toEqual([]);
    await Promise.all(double.account.work);
    for (const droplet of living) expect(await machines.exists(droplet)).toBe(false);
  });

  test("no private key and no token was said", () => {
    const keys = [bootstrapHostKey, ...desired(3).hosts.map(({ hostKey }) => hostKey)];
    for (const { privateKey } of keys) expect(said.join()).not.toContain(privateKey.split("\n")[2]);
    expect(said.join()).not.toContain(double.token);
  });
});

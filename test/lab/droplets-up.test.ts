import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../../src/cluster/host-list.ts";
import { deriveBootstrapHostKey, deriveClientKey, deriveHostKey } from "../../src/cluster/keys.ts";
import { parseSecret } from "../../src/cluster/secret.ts";
import { addStrangers, type Lab, startLab, tagsOf } from "./droplets.ts";
import { type Cluster, playCluster } from "./overbridge.ts";
import { filesIn, tellingLines, watchArguments } from "./secrets-watch.ts";

/** A cluster of droplets from its first create call to its last tag: real hosts, real cloud-init, the built command line. */
const CLUSTER = "lab-droplets";
const [FEW, MANY, FEWER] = [3, 5, 4];

let lab: Lab;
let cluster: Cluster;
let before: unknown;
let argumentsSeen: ReturnType<typeof watchArguments>;
const printed: string[] = [];
const secrets = new Set<string>();

/** Runs a command that must end well, and parses the document it prints. */
async function run(command: string, ...args: string[]) {
  const ran = await cluster.run(command, "--json", ...args);
  printed.push(ran.stdout, ran.stderr);
  expect(ran.exitCode, ran.stderr).toBe(0);
  return { document: JSON.parse(ran.stdout), stderr: ran.stderr };
}

const up = async (...args: string[]) => {
  const { document, stderr } = await run("up", "--provider", "digitalocean", ...args);
  const hosts: Host[] = document.list.hosts;
  return { document, stderr, hosts };
};

const ids = (hosts: readonly Host[]) => hosts.map(({ id }) => id);
const count = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

beforeAll(async () => {
  lab = await startLab(CLUSTER);
  addStrangers(lab, CLUSTER);
  before = lab.lasting();
  const spec = { region: "fra1", size: "s-1vcpu-1gb", image: "debian-12-x64" };
  lab.double.account.create(["forgotten-host1"], { ...spec, tags: tagsOf("forgotten", undefined, 1) });
  cluster = await playCluster(CLUSTER, lab.env);
  argumentsSeen = watchArguments();
});

afterAll(async () => {
  await argumentsSeen?.stop();
  await cluster?.forget();
  await lab?.[Symbol.asyncDispose]();
});

describe("a cluster of droplets", () => {
  let first: readonly Host[];

  test("comes up, configured and verified, in one create call", { timeout: 900_000 }, async () => {
    const { document, hosts, stderr } = await up("--hosts", String(FEW), "--ttl", "1h");
    first = hosts;
    expect(document.ok).toBe(true);
    expect(ids(hosts)).toEqual(count(FEW));
    expect(document.list.tunnel.type).toBe("gre");
    expect(lab.double.count("droplets_create")).toBe(1);
    expect(stderr).toContain(`${FEW} new hosts x $`);
    expect(stderr).toContain("removed droplet forgotten-host1");
    expect(lab.own("forgotten")).toEqual([]);
  });

  test("verifies: every ordered pair is ok", async () => {
    const { document } = await run("verify");
    expect(document.pairs).toHaveLength(FEW * (FEW - 1));
    expect(document.ok).toBe(true);
  });

  test("is not changed by a second run of the same", { timeout: 600_000 }, async () => {
    const { hosts, document } = await up();
    expect(hosts).toEqual(first);
    expect(document.configured.changed).toBe(0);
    expect(lab.double.count("droplets_create")).toBe(1);
  });

  test("grows, and the first hosts stay as they were", { timeout: 900_000 }, async () => {
    const { document, hosts } = await up("--hosts", String(MANY));
    expect(document.ok).toBe(true);
    expect(ids(hosts)).toEqual(count(MANY));
    expect(hosts.slice(0, FEW)).toEqual(first);
    expect(lab.double.count("droplets_create")).toBe(2);
  });

  test("shrinks when told so, and the highest ids go", { timeout: 600_000 }, async () => {
    const refused = await cluster.run("up", "--provider", "digitalocean", "--hosts", String(FEWER));
    printed.push(refused.stdout, refused.stderr);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`would remove host${MANY}`);
    expect(lab.own(CLUSTER)).toHaveLength(MANY);

    const { document, hosts } = await up("--hosts", String(FEWER), "--yes");
    expect(document.ok).toBe(true);
    expect(ids(hosts)).toEqual(count(FEWER));
    expect(lab.own(CLUSTER).map(({ name }) => name)).toEqual(
      count(FEWER).map((id) => `${CLUSTER}-host${id}`),
    );
    expect(lab.double.count("droplets_create")).toBe(2);
  });

  test("keeps its secrets out of files that are not the one for it", async () => {
    const files = await filesIn(cluster.directory);
    const kept = files.find((file) => file.path === `.overbridge/${CLUSTER}/secret`);
    expect(kept?.mode).toBe(0o600);
    const secret = parseSecret(kept!.text, "the secret file");
    secrets.add(kept!.text.trim()).add(lab.double.token);
    const keys = [
      deriveClientKey(secret, CLUSTER),
      deriveBootstrapHostKey(secret, CLUSTER),
      ...count(MANY).map((id) => deriveHostKey(secret, CLUSTER, id)),
    ];
    for (const line of keys.flatMap(({ privateKey }) => tellingLines(privateKey))) secrets.add(line);
    expect(secrets.size).toBeGreaterThan(2 * keys.length);
    const others = files.filter((file) => file !== kept);
    expect(others.map((file) => file.path).sort()).toEqual([
      `.overbridge/${CLUSTER}/cost.json`,
      `.overbridge/${CLUSTER}/hosts.json`,
      `.overbridge/${CLUSTER}/inputs.json`,
    ]);
    for (const file of others) {
      for (const needle of secrets) expect(file.text.includes(needle), file.path).toBe(false);
    }
  });

  test("goes, and leaves the account and the folder as they were", { timeout: 600_000 }, async () => {
    const droplets = lab.own(CLUSTER);
    const { document } = await run("teardown");
    expect(document.removed).toEqual(
      expect.arrayContaining(droplets.map(({ id, name }) => `droplet ${name} (${id})`)),
    );
    expect(lab.own(CLUSTER)).toEqual([]);
    expect(lab.lasting()).toEqual(before);
    expect(await cluster.files()).toEqual([]);
    await Promise.all(lab.double.account.work);
    for (const droplet of droplets) expect(await lab.machines!.exists(droplet)).toBe(false);
  });

  test("said none of its secrets, nor put one into a process's arguments", async () => {
    await argumentsSeen.stop();
    const processes = [...argumentsSeen.seen].join("\n");
    expect(processes).toContain(`--cluster\0${CLUSTER}`);
    const output = printed.join("\n");
    expect(output).toContain(`${CLUSTER}`);
    for (const needle of secrets) {
      expect(output.includes(needle)).toBe(false);
      expect(processes.includes(needle)).toBe(false);
    }
  });
});

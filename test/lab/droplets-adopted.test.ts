import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addStrangers, type Lab, startLab } from "./droplets.ts";
import { type Cluster, MAIN, playCluster } from "./overbridge.ts";

/** A droplet's host key is replaced over the first connection; killed right then, the next run gets on from there. */
const CLUSTER = "lab-adopted";

let lab: Lab;
let cluster: Cluster;
let before: unknown;
beforeAll(async () => {
  lab = await startLab(CLUSTER);
  addStrangers(lab, CLUSTER);
  before = lab.lasting();
  cluster = await playCluster(CLUSTER, lab.env);
});
afterAll(async () => {
  await cluster?.forget();
  await lab?.[Symbol.asyncDispose]();
});

/** Provisions until something is said, and is killed at once. @returns all that was said. */
async function killWhenSaid(text: string): Promise<string> {
  const argv = ["provision", "--cluster", CLUSTER, "--provider", "digitalocean", "--hosts", "2"];
  const child = spawn(process.execPath, [MAIN, ...argv], {
    cwd: cluster.directory,
    env: { ...process.env, HOME: cluster.directory, SSH_AUTH_SOCK: "", ...lab.env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    said += chunk;
    if (said.includes(text)) child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "close");
  expect(signal, said).toBe("SIGKILL");
  return said;
}

describe("killed while a droplet gets a host key of its own", () => {
  test("the same command finishes what was begun, and creates nothing", { timeout: 600_000 }, async () => {
    await killWhenSaid("giving it a host key of its own");
    expect(lab.double.count("droplets_create")).toBe(1);
    const list = await cluster.json("provision");
    expect(list.hosts).toHaveLength(2);
    expect(lab.double.count("droplets_create")).toBe(1);
    for (const host of ["host1", "host2"]) {
      const keys = await cluster.onHost(
        host,
        "ls /etc/ssh/ssh_host_*; ls /etc/ssh/.overbridge* 2>/dev/null || :",
      );
      expect(keys.trim().split("\n")).toEqual([
        "/etc/ssh/ssh_host_ed25519_key",
        "/etc/ssh/ssh_host_ed25519_key.pub",
      ]);
    }
  });

  test("a teardown leaves none of ours and all of the strangers'", async () => {
    await cluster.must("teardown");
    expect(lab.own(CLUSTER)).toEqual([]);
    expect(lab.lasting()).toEqual(before);
  });
});

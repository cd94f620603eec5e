import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addStrangers, type Lab, startLab } from "./droplets.ts";
import { execute, MAIN } from "./overbridge.ts";

/**
 * `kill -9` of the built command line at a moment, then a teardown from a folder that knows nothing of it. The
 * double answers a request even if whoever made it is dead by then: the worst moment there is.
 */
const CLUSTER = "lab-killed";

let lab: Lab;
let before: unknown;

beforeAll(async () => {
  lab = await startLab();
  addStrangers(lab, CLUSTER);
  before = lab.lasting();
});
afterAll(() => lab?.[Symbol.asyncDispose]());

/** Works in a folder of its own, which is gone afterwards. */
async function inFolder<T>(work: (surroundings: { cwd: string; env: NodeJS.ProcessEnv }) => Promise<T>) {
  const cwd = await mkdtemp(path.join(tmpdir(), "overbridge-lab-"));
  try {
    return await work({ cwd, env: { ...process.env, HOME: cwd, SSH_AUTH_SOCK: "", ...lab.env } });
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** When a command is sent its signals: when the API is asked for an operation the nth time. */
interface Moment {
  readonly operation: string;
  readonly nth: number;
}

/** Runs a command, sends it signals at a moment, and returns how it ended, what it said and what it wrote down. */
async function signalAt(
  { operation, nth }: Moment,
  signals: readonly NodeJS.Signals[],
  command: string,
  ...args: string[]
) {
  return inFolder(async (surroundings) => {
    const argv = [MAIN, command, "--cluster", CLUSTER, "--provider", "digitalocean", ...args];
    const child = spawn(process.execPath, argv, { ...surroundings, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    let seen = 0;
    lab.double.onRequest = (request) => {
      if (request.operation !== operation) return;
      seen += 1;
      if (seen === nth) for (const signal of signals) child.kill(signal);
    };
    const [exitCode, signal] = await once(child, "close");
    lab.double.onRequest = undefined;
    const file = path.join(surroundings.cwd, ".overbridge", CLUSTER, "made.json");
    const made = await readFile(file, "utf8").catch(() => "");
    return { exitCode, signal, stderr, made };
  });
}

/** @returns what had been written down by then. */
async function killAt(operation: string, nth: number, command: string, ...args: string[]): Promise<string> {
  const { signal, stderr, made } = await signalAt({ operation, nth }, ["SIGKILL"], command, ...args);
  expect(signal, stderr).toBe("SIGKILL");
  return made;
}

async function teardown() {
  return inFolder(async (surroundings) => {
    const argv = ["teardown", "--cluster", CLUSTER, "--provider", "digitalocean", "--json"];
    const ran = await execute(process.execPath, [MAIN, ...argv], surroundings);
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(await readdir(surroundings.cwd)).toEqual([]);
    return JSON.parse(ran.stdout);
  });
}

const names = () => lab.own(CLUSTER).map(({ name }) => name);

/** Twelve hosts, so that they take two create calls. */
const PROVISION = ["provision", "--hosts", "12", "--firewall"] as const;

describe("killed at any moment, a teardown leaves none of ours and all of the strangers'", () => {
  test.each([
    ["before the cost is known", "sizes_list", 1, 0],
    ["while the firewall is made", "firewalls_create", 1, 0],
    ["while the first ten are made", "droplets_create", 1, 10],
    ["while the other two are made", "droplets_create", 2, 12],
  ])("%s", async (_moment, operation, nth, made) => {
    const written = await killAt(operation, nth, ...PROVISION);
    await expect.poll(() => names().length).toBe(made);
    for (const name of names()) expect(written).toContain(`"${name}"`);
    const { removed } = await teardown();
    expect(removed.filter((what: string) => what.startsWith("droplet "))).toHaveLength(made);
    expect(lab.lasting()).toEqual(before);
  });

  test("while sshd is waited for, then in the middle of the teardown", async () => {
    // Asked for again and again until every droplet is active.
    lab.double.account.habits.stuck.add(`${CLUSTER}-host12`);
    await killAt("droplets_list", 6, ...PROVISION);
    lab.double.account.habits.stuck.clear();
    expect(names()).toHaveLength(12);
    await killAt("droplets_destroy", 3, "teardown");
    await expect.poll(() => names().length).toBeLessThan(12);
    expect(names().length).toBeGreaterThan(0);
    await teardown();
    expect(lab.lasting()).toEqual(before);
  });
});

test("cancelled while droplets are made, it waits for the answer and says what there is to remove", async () => {
  const moment = { operation: "droplets_create", nth: 1 };
  const { exitCode, stderr, made } = await signalAt(moment, ["SIGINT", "SIGTERM"], ...PROVISION);
  expect(exitCode, stderr).toBe(1);
  expect(names()).toHaveLength(10);
  for (const { id, name } of lab.own(CLUSTER)) expect(stderr).toContain(`droplet ${name} (${id})`);
  expect(JSON.parse(made).droplets).toEqual(lab.own(CLUSTER).map(({ id, name }) => ({ id, name })));
  expect(stderr).toContain(`overbridge teardown --cluster ${CLUSTER} --provider digitalocean`);
  await teardown();
  expect(lab.lasting()).toEqual(before);
});

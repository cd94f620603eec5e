import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { teardown } from "../../actions/teardown/action.ts";
import { makeHostList } from "../../src/cluster/host-list.ts";
import { deriveClientKey } from "../../src/cluster/keys.ts";
import { parseSecret } from "../../src/cluster/secret.ts";
import { startServer } from "../ssh/server.ts";
import { standIns } from "../ssh/stand-ins.ts";
import { listOf } from "./lists.ts";

const SECRET = "5e".repeat(32);
const client = deriveClientKey(parseSecret(SECRET, "SECRET"), "team");

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "overbridge-teardown-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Runs the action in a job that has not provisioned anything. */
function run(inputs: Record<string, string>) {
  const context = {
    reporter: { report() {}, close() {} },
    signal: new AbortController().signal,
    env: { HOME: root, OVERBRIDGE_SECRET: SECRET },
  };
  return teardown.run({ inputs: teardown.inputs.parse(inputs), context, root });
}

/** A cluster of one host, which writes down the program it is given. */
async function startCluster() {
  const program = path.join(root, "program");
  const { env } = await standIns({ sh: `cat >'${program}'\nprintf '@overbridge\\toverall\\tdone\\n'` });
  const { target } = await startServer({ authorized: () => [client.fingerprint], env });
  const [host] = listOf(1).hosts;
  const ssh = { user: target.user, address: target.address, port: target.port, hostKey: target.hostKey };
  const list = makeHostList({ ...listOf(1, "team"), hosts: [{ ...host!, ssh }] });
  return { hosts: JSON.stringify(list), program: () => readFile(program, "utf8") };
}

test("another job's cluster of machines that stay is taken down by its host list, which also names it", async () => {
  const { hosts, program } = await startCluster();
  const result = await run({ provider: "static", hosts });
  expect(result.outputs).toEqual({
    removed: "overbridge's bridges, tunnels and network on host1",
    left: "",
  });
  expect(result.last).toBe("cluster team: 1 thing removed");
  expect(await program()).toContain("overbridge");
});

test("a host that cannot be cleared is left, and fails the teardown", async () => {
  const result = await run({ provider: "static", hosts: JSON.stringify(listOf(1, "team")) });
  expect(result.outputs).toEqual({ removed: "", left: expect.stringMatching(/^host1: .*refused/) });
  expect(result.problems).toHaveLength(1);
});

test("without a host list the input to give is named, and nothing is taken for gone", async () => {
  await expect(run({ provider: "static", cluster: "team" })).rejects.toMatchObject({
    name: "InputError",
    message: expect.stringMatching(/^hosts is required: this job has not provisioned cluster team/),
    hint: "give the output 'hosts' of actions/provision",
  });
});

test("a host list does not say where its hosts came from, so that is not guessed", async () => {
  await expect(run({ hosts: JSON.stringify(listOf(1)) })).rejects.toThrow(/^provider is required/);
});

test.each([
  [{ cluster: "mine", hosts: JSON.stringify(listOf(1, "yours")) }, /cluster mine, found that of yours/],
  [{ hosts: "host1" }, /^hosts: expected a host list in JSON/],
])("a host list that cannot be meant is refused: %j", async (inputs, message) => {
  await expect(run({ provider: "static", ...inputs })).rejects.toThrow(message);
});

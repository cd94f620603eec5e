import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { provisionInputs } from "../../src/steps/inputs.ts";
import { provision } from "../../src/steps/provision.ts";
import { Store } from "../../src/steps/store.ts";
import { engineWithOthers } from "../provider/docker/others-hosts.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "overbridge-step-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const inputsWith = (given: object) => provisionInputs.parse({ provider: "docker", hosts: 1, ...given });

test("a cluster of that name that another folder runs is not taken from it, and nothing is remembered", async () => {
  const { context, changes } = engineWithOthers("running");
  await expect(provision(inputsWith({}), context, new Store(root, "main"))).rejects.toThrow(
    /^cluster main: host1 is running with other keys/,
  );
  expect(changes()).toEqual([]);
  expect(await readdir(root)).toEqual([]);
});

test("--yes replaces it", async () => {
  const { context } = engineWithOthers("running");
  await expect(provision(inputsWith({ yes: true }), context, new Store(root, "main"))).rejects.toThrow(
    "the network is looked at",
  );
});

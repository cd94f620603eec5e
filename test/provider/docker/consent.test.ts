import { describe, expect, test } from "vitest";
import { keyPairOf } from "../../../src/cluster/keys.ts";
import { InputError } from "../../../src/errors.ts";
import { dockerProvider } from "../../../src/provider/docker/provider.ts";
import { engineWithOthers } from "./others-hosts.ts";

const hostKey = keyPairOf(Buffer.alloc(32, 1));
const desired = {
  cluster: "main",
  hosts: [{ id: 1, name: "host1", hostKey }],
  authorizedKey: hostKey.publicKey,
};

test("a host that nobody agreed to lose stays, and nothing is changed", async () => {
  const { context, changes } = engineWithOthers("running", "running", "running");
  const ensured = dockerProvider().ensure({ ...desired, mayRemove: [2] }, context);
  await expect(ensured).rejects.toThrow("hosts: 1 would remove host3, which nobody agreed to");
  await expect(ensured).rejects.toThrow(InputError);
  expect(changes()).toEqual([]);
});

describe("a host with other keys", () => {
  test.each(["running", "paused", "restarting"])(
    "that is %s is not replaced, and nothing is changed",
    async (state) => {
      const { context, changes } = engineWithOthers(state);
      const ensured = dockerProvider().ensure(desired, context);
      await expect(ensured).rejects.toMatchObject({
        exitCode: 2,
        message:
          "cluster main: host1 is running with other keys (another job's or folder's cluster of that name)",
        hint: "choose another --cluster, or take it down first with overbridge teardown, or say --yes to replace it",
      });
      expect(changes()).toEqual([]);
    },
  );

  test.each([
    ["is stopped", "exited", {}],
    ["is half-made", "created", {}],
    ["runs, where that was agreed to", "running", { mayReplace: true }],
  ])("that %s is no reason to refuse", async (_what, state, agreed) => {
    const { context, changes } = engineWithOthers(state);
    const ensured = dockerProvider().ensure({ ...desired, ...agreed }, context);
    await expect(ensured).rejects.toThrow("the network is looked at");
    expect(changes()).toContainEqual(expect.stringMatching(/^network inspect/));
  });
});

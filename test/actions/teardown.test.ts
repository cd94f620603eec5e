import { afterEach, beforeEach, expect, test } from "vitest";
import { openJob } from "./run-action.ts";

let job: Awaited<ReturnType<typeof openJob>>;
beforeEach(async () => {
  job = await openJob();
});
afterEach(() => job.remove());

test.each([
  [{}, /cluster is required, or hosts, or expired/],
  [{ cluster: "a", expired: "true" }, /expected one of them/],
  [{ cluster: "a" }, /provider is required/],
  [
    { cluster: "a", provider: "static" },
    /hosts is required: this job has not provisioned cluster a.*give the output 'hosts' of actions.provision/,
  ],
  [{ hosts: "{}", expired: "true" }, /expected one of them/],
  [{ expired: "true", provider: "docker" }, /'expired': clusters of provider digitalocean alone expire/],
  [
    { "closed-pull-requests": "true", provider: "static" },
    /closed-pull-requests goes with provider digitalocean/,
  ],
  [{ "closed-pull-requests": "perhaps", provider: "digitalocean" }, /closed-pull-requests: expected/],
])("teardown refuses %j", async (inputs, message) => {
  const { exitCode, errors } = await job.run("teardown", { inputs });
  expect(errors).toEqual([expect.stringMatching(message)]);
  expect(exitCode).toBe(2);
});

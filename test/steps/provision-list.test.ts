import { expect, test } from "vitest";
import { listOf } from "../../src/steps/provision.ts";

/** A cluster whose overlay is over the network that its host is in. */
const contradictory = {
  cluster: "main",
  overlay: { name: "overbridge", network: "10.0.0.0/8", subnetPrefix: 24 },
  tunnel: { type: "gre" as const },
  datapath: "auto" as const,
  hosts: [
    {
      id: 1,
      name: "host1",
      ssh: {
        user: "root",
        address: "192.0.2.1",
        port: 22,
        hostKey: `ssh-ed25519 SHA256:${"A".repeat(43)}`,
      },
      underlay: "10.114.0.2",
    },
  ],
};

test.each(["docker", "digitalocean"] as const)(
  "hosts of provider %s that turn out not to fit are there all the same: no refusal, which would say nothing was changed",
  (provider) => {
    expect(() => listOf({ provider }, contradictory)).toThrow(
      expect.objectContaining({
        name: "Failure",
        message: expect.stringMatching(
          /^cluster main has its hosts, but .*outside the overlay network 10\.0\.0\.0/,
        ),
        hint: "choose another overlay network; until then the hosts stay",
      }),
    );
  },
);

test("machines that were there before are as they were: the input was wrong", () => {
  expect(() => listOf({ provider: "static" }, contradictory)).toThrow(
    expect.objectContaining({ name: "InputError" }),
  );
});

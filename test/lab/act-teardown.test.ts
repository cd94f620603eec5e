import { afterAll, beforeAll, expect, test } from "vitest";
import { type ActRepository, openRepository } from "./act/repository.ts";
import { addStrangers, keptFor, type Lab, REPOSITORY_TAG, startLab, tagsOf } from "./droplets.ts";

const PULL_REQUEST = 4711;
const CLUSTER = `pr-${PULL_REQUEST}`;
const SPEC = { region: "fra1", size: "s-1vcpu-1gb", image: "debian-12-x64" };

let repository: ActRepository;
let lab: Lab;
let before: unknown;

beforeAll(async () => {
  repository = await openRepository();
  lab = await startLab();
  addStrangers(lab, CLUSTER);
  before = lab.lasting();
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  await repository?.[Symbol.asyncDispose]();
});

/** A pull request of the repository's own that has a network on DigitalOcean. */
const payload = (action: string) => ({
  action,
  number: PULL_REQUEST,
  label: { name: "test-network" },
  pull_request: {
    number: PULL_REQUEST,
    labels: [{ name: "test-network" }],
    base: { ref: "main" },
    head: { repo: { full_name: "lab/overbridge" } },
  },
});

test("cancelled while droplets are made, a pull request's network is gone when the pull request closes", async () => {
  const cancelled = new AbortController();
  lab.double.onRequest = ({ operation }) => {
    if (operation === "droplets_create") cancelled.abort();
  };
  const up = await repository.run({
    ...keptFor(lab),
    workflow: ".github/workflows/test-network.yml",
    event: "pull_request",
    payload: payload("labeled"),
    interrupt: cancelled.signal,
  });
  lab.double.onRequest = undefined;
  expect(up.exitCode).not.toBe(0);
  await expect.poll(() => lab.own(CLUSTER)).toHaveLength(3);

  const down = await repository.run({
    ...keptFor(lab),
    workflow: ".github/workflows/teardown.yml",
    event: "pull_request",
    payload: payload("closed"),
  });
  expect(down.stdout).toMatch(new RegExp(`[Cc]luster ${CLUSTER}: \\d+ things? removed`));
  expect(down.exitCode).toBe(0);
  expect(lab.own(CLUSTER)).toEqual([]);
  expect(lab.lasting()).toEqual(before);
});

test("teardown.yml, every night, removes what is past its time and nothing else", async () => {
  const tags = (name: string, expires: number) => tagsOf(name, REPOSITORY_TAG, expires);
  const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;
  lab.double.account.create(["over-host1"], { ...SPEC, tags: tags("over", 1) });
  lab.double.account.create(["young-host1"], { ...SPEC, tags: tags("young", inAnHour) });
  const { exitCode, stdout } = await repository.run({
    ...keptFor(lab),
    workflow: ".github/workflows/teardown.yml",
    event: "schedule",
  });
  expect(exitCode, stdout).toBe(0);
  expect(lab.own("over")).toEqual([]);
  expect(lab.own("young")).toHaveLength(1);
  expect(lab.own("other")).toHaveLength(1);
});

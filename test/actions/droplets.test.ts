import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/provider/digitalocean/clock.ts";
import { tagsFor } from "../../src/provider/digitalocean/tags.ts";
import { type Double, startDouble } from "../doubles/digitalocean/server.ts";
import { openJob } from "./run-action.ts";

let job: Awaited<ReturnType<typeof openJob>>;
let double: Double;
let github: Server;
/** Whom the API of GitHub was asked about, and as whom. */
let asked: string[];

beforeEach(async () => {
  job = await openJob();
  double = await startDouble({ clock: systemClock });
  double.account.habits.lingerMs = 0;
  asked = [];
  github = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    const number = /\/pulls\/(\d+)$/.exec(request.url ?? "")?.[1];
    response.setHeader("content-type", "application/json");
    response.statusCode = { "9": 404, "10": 403 }[number ?? ""] ?? 200;
    response.end(JSON.stringify({ number: Number(number), state: number === "7" ? "closed" : "open" }));
  });
  await new Promise<void>((resolve) => github.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  await new Promise((resolve) => github.close(resolve));
  await double.close();
  await job.remove();
});

/** A droplet of a cluster, as a run that was cancelled left it. @param expires seconds since the Unix epoch */
function leave(cluster: string, expires: number, id = 1) {
  const env = { GITHUB_REPOSITORY: "octo/net" };
  const tags = tagsFor(cluster, "octo/net", expires, env);
  const image = "ubuntu-24-04-x64";
  double.account.create([`${cluster}-host${id}`], { region: "fra1", size: "s-2vcpu-2gb", image, tags });
}

function given(inputs: Record<string, string>) {
  const { port } = github.address() as AddressInfo;
  return {
    inputs: {
      provider: "digitalocean",
      "api-url": double.url,
      token: double.token,
      "github-token": "ghs_none",
      ...inputs,
    },
    env: { GITHUB_API_URL: `http://127.0.0.1:${port}` },
  };
}

const later = Math.floor(Date.now() / 1000) + 3_600;
const names = () => double.account.living().map(({ name }) => name);

test("teardown removes one cluster by name, without anything that was written down", async () => {
  leave("pr-7", later);
  leave("pr-8", later);
  const { exitCode, outputs, stdout } = await job.run("teardown", given({ cluster: "pr-7" }));
  expect(stdout).not.toContain(`${double.token}\n`.repeat(2));
  expect(names()).toEqual(["pr-8-host1"]);
  expect(outputs.removed).toMatch(/^droplet pr-7-host1/);
  expect(exitCode).toBe(0);
});

test("teardown removes what is past its ttl", async () => {
  leave("old", later - 7_200);
  leave("new", later);
  const { exitCode } = await job.run("teardown", given({ expired: "true" }));
  expect(names()).toEqual(["new-host1"]);
  expect(exitCode).toBe(0);
});

test("teardown removes the clusters of closed pull requests, and asks about no others", async () => {
  // There is no pull request 9: somebody's own cluster is called so.
  for (const cluster of ["pr-7", "pr-8", "pr-9", "main"]) leave(cluster, later);
  const { exitCode } = await job.run("teardown", given({ "closed-pull-requests": "true" }));
  expect(names()).toEqual(["pr-8-host1", "pr-9-host1", "main-host1"]);
  expect(asked.toSorted()).toEqual(
    [7, 8, 9].map((number) => `/repos/octo/net/pulls/${number} token ghs_none`),
  );
  expect(exitCode).toBe(0);
});

test("a pull request that GitHub does not tell of fails the teardown, which names it and removes nothing", async () => {
  leave("pr-10", later);
  const { exitCode, errors } = await job.run("teardown", given({ "closed-pull-requests": "true" }));
  expect(errors.join()).toMatch(/pull request 10: GitHub cannot be asked.*permission pull-requests: read/);
  expect(names()).toEqual(["pr-10-host1"]);
  expect(exitCode).toBe(1);
});

test("a provision that would lose hosts is refused, and its post removes none of them either", async () => {
  leave("live", later);
  leave("live", later, 2);
  const inputs = { cluster: "live", hosts: "1", teardown: "post", secret: "5e".repeat(32) };
  const main = await job.run("provision", given(inputs));
  expect(main.errors).toEqual([
    expect.stringMatching(/wrong input%2C nothing was changed::hosts: 1 would remove host2.*say 'yes'/),
  ]);
  expect(main.exitCode).toBe(2);
  const post = await job.run("provision", { ...given(inputs), state: main.state });
  expect(post.exitCode).toBe(0);
  expect(names()).toEqual(["live-host1", "live-host2"]);
});

/** Starts a provision with `teardown: post`, and sends it a signal when its droplets are there. */
async function provisionUntil(signal: NodeJS.Signals, inputs: Record<string, string>) {
  let wasSent = false;
  const main = await job.run("provision", {
    ...given(inputs),
    onOutput(_, kill) {
      if (wasSent || names().length < 3) return;
      wasSent = true;
      kill(signal);
    },
  });
  expect(wasSent).toBe(true);
  return main;
}

test("a provision that is killed has told its post nothing, which removes what there is", async () => {
  const inputs = { cluster: "cut", teardown: "post", secret: "5e".repeat(32) };
  const main = await provisionUntil("SIGKILL", inputs);
  expect(main.exitCode).toBe(null);
  expect(names()).toHaveLength(3);
  const post = await job.run("provision", { ...given(inputs), state: main.state });
  expect(post.exitCode).toBe(0);
  expect(names()).toEqual([]);
});

test("a provision that is cancelled ends by itself, says what there is, and its post removes it", async () => {
  const inputs = { cluster: "cut", teardown: "post", secret: "5e".repeat(32) };
  const main = await provisionUntil("SIGINT", inputs);
  expect(main.exitCode).toBe(1);
  expect(main.errors).toEqual([
    expect.stringMatching(/::error title=overbridge provision%3A failed::.*interrupted/),
  ]);
  expect(main.stdout).toMatch(/cluster cut has droplet cut-host1/);
  expect(names()).toHaveLength(3);

  const post = await job.run("provision", { ...given(inputs), state: main.state });
  expect(post.exitCode).toBe(0);
  expect(names()).toEqual([]);
});

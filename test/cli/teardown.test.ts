import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { changes, LATER, PAST, playAccount } from "./droplets.ts";
import { playCli } from "./run.ts";

/** Works with an account and a command line of its own, which are gone afterwards. */
async function withAccount(work: (world: Awaited<ReturnType<typeof playAccount>>) => Promise<void>) {
  const world = await playAccount();
  try {
    await work(world);
  } finally {
    await world.remove();
  }
}

// Droplets are looked for until they are gone, with five seconds between two looks.
describe.concurrent("teardown of droplets", { timeout: 60_000 }, () => {
  test("finds them by tag, in a folder that knows nothing of them, and leaves no file there", async () => {
    await withAccount(async ({ cli, addCluster, addStranger, living }) => {
      addCluster("one", 2, { left: LATER });
      addCluster("two", 1, {});
      addStranger("one-host1");
      const ran = await cli.run("teardown", "--cluster", "one", "--provider", "digitalocean");
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(ran.stdout).toMatch(/^removed droplet one-host1 \(\d+\)\nremoved droplet one-host2 /);
      expect(living()).toEqual(["two-host1", "one-host1"]);
      expect(await readdir(cli.cwd)).toEqual([]);
    });
  });

  test("takes the folder's files with it, whatever has become of its hosts and its host list", async () => {
    await withAccount(async ({ cli, double }) => {
      const folder = path.join(cli.cwd, ".overbridge/one");
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, "hosts.json"), "half a host li");
      await writeFile(path.join(folder, "inputs.json"), JSON.stringify({ provider: "digitalocean" }));
      const { exitCode, stdout } = await cli.run("teardown", "--cluster", "one");
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`removed file ${folder}`);
      expect(await readdir(cli.cwd)).toEqual([]);
      expect(changes(double)).toEqual([]);
    });
  });

  test("--expired removes every cluster of this owner past its ttl, and says what it left and why", async () => {
    await withAccount(async ({ cli, addCluster, addStranger, living, double }) => {
      addStranger("old-host1");
      addCluster("old", 2, { left: PAST });
      addCluster("fresh", 1, { left: LATER });
      addCluster("eternal", 1, {});
      addCluster("foreign", 1, { user: "bob", left: PAST });
      const all = living();

      const dry = await cli.run("teardown", "--expired", "--dry-run", "--json");
      expect(dry.exitCode, dry.stderr).toBe(0);
      const document = JSON.parse(dry.stdout);
      expect(document).toMatchObject({ ok: true, removed: [/old-host1/, /old-host2/].map(matching) });
      expect(document.left).toEqual(
        [
          /^droplet foreign-host1 .*: it is another owner's$/,
          /^cluster fresh: it expires at 20\d\d-/,
          /^cluster eternal: it never expires$/,
        ].map(matching),
      );
      expect(changes(double)).toEqual([]);
      expect(living()).toEqual(all);

      const ran = await cli.run("teardown", "--expired", "--provider", "digitalocean");
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(ran.stdout).toMatch(/^removed droplet old-host1 /m);
      expect(ran.stdout).toMatch(/^left cluster fresh: it expires at /m);
      expect(living()).toEqual(["old-host1", "fresh-host1", "eternal-host1", "foreign-host1"]);
      expect(await readdir(cli.cwd)).toEqual([]);

      const again = await cli.run("teardown", "--expired");
      expect(again.stdout).toMatch(/^no cluster is past its ttl$/m);
    });
  });
});

const matching = (pattern: RegExp) => expect.stringMatching(pattern);

describe("a teardown that cannot be meant is refused, and nothing changed", () => {
  test.each([
    [["--dry-run"], /--dry-run: goes with --expired alone/],
    [["--expired", "--provider", "docker"], /--expired: .*found docker\nhint: add --provider digitalocean/],
    [["--provider", "static"], /there is no host list .*hosts\.json\nhint: .*--hosts-file/],
    [["--expired"], /DIGITALOCEAN_ACCESS_TOKEN is not set/],
    [["--provider", "digitalocean"], /DIGITALOCEAN_ACCESS_TOKEN is not set/],
    [["--expired", "--api-url", "http://192.0.2.1"], /--api-url: expected https/],
  ])("teardown %j", async (argv, message) => {
    const cli = await playCli();
    const { exitCode, stderr } = await cli.run("teardown", ...argv);
    const files = await readdir(cli.cwd);
    await cli.remove();
    expect(stderr).toMatch(message);
    expect({ exitCode, files }).toEqual({ exitCode: 2, files: [] });
  });
});

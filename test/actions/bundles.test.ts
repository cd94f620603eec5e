import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { actions } from "../../actions/shared/all.ts";
import { node24 } from "./run-action.ts";

const root = path.join(import.meta.dirname, "../..");
const folders = [...Object.values(actions).map(({ step }) => step), "toolkit"];

describe("the bundles", () => {
  test("are 8 MB or less together", async () => {
    const sizes = await Promise.all(
      folders.map(async (folder) => {
        const dist = path.join(root, "actions", folder, "dist");
        const files = await Promise.all((await readdir(dist)).map((file) => stat(path.join(dist, file))));
        return files.reduce((sum, { size }) => sum + size, 0);
      }),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(8_000_000);
  });

  test.each(folders)("%s has its licences with it, and nothing for Windows alone", async (folder) => {
    const files = await readdir(path.join(root, "actions", folder, "dist"));
    expect(files.toSorted()).toEqual(["index.js", "licenses.txt", "package.json"]);
  });

  test.each(folders.filter((folder) => folder !== "toolkit"))(
    "%s leaves cache, artifacts and GitHub's API to the toolkit",
    async (folder) => {
      const text = await readFile(path.join(root, "actions", folder, "dist/index.js"), "utf8");
      // A boolean: what does not match is a megabyte.
      expect(/@octokit|@azure|twirp/i.test(text)).toBe(false);
    },
  );

  test("the toolkit loads under Node 24 the way that actions load it", async () => {
    const script = `const { createRequire } = require("node:module");
      const toolkit = createRequire("${root}/actions/verify/dist/index.js")("../../toolkit/dist/index.js");
      console.log(Object.keys(toolkit).sort().join(" "));`;
    const { stdout } = await promisify(execFile)(node24, ["--eval", script]);
    expect(stdout.trim()).toBe("DefaultArtifactClient getOctokit restoreCache saveCache");
  });
});

test.each(Object.values(actions))(
  "$step's action.yml starts its bundle under Node 24",
  async ({ step, post }) => {
    const { runs } = parse(await readFile(path.join(root, "actions", step, "action.yml"), "utf8"));
    expect(runs).toEqual({
      using: "node24",
      main: "dist/index.js",
      ...(post ? { post: "dist/index.js" } : {}),
    });
  },
);

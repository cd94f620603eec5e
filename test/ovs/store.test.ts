import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { openStore } from "../../src/ovs/store.ts";
import { digest, temporary, writeSet } from "./fixture.ts";

const KEY = digest("key");
const FILE = "libcap-ng0_0.8.3-1_amd64.deb";
const never = (reason: string) => {
  throw new Error(reason);
};

async function openWithSet() {
  const root = await temporary();
  const store = await openStore({ OVERBRIDGE_CACHE: root });
  const kept = await store.work(async (work) => {
    await writeSet(work);
    return store.keep(KEY, work);
  });
  return { root, store, kept };
}

describe("the store", () => {
  test("gives back the bytes it was given, by their key alone", async () => {
    const { store, kept } = await openWithSet();
    expect(await store.find(KEY, never)).toEqual(kept);
    expect(await readFile(join(kept.directory, FILE), "utf8")).toBe("libcap-ng0");
    expect(await store.find(digest("another key"), never)).toBeUndefined();
  });

  test("removes a set that was changed, and says what is wrong with it", async () => {
    const { store, kept } = await openWithSet();
    await writeFile(join(kept.directory, FILE), "libcap-ng1");
    const reasons: string[] = [];
    expect(await store.find(KEY, (reason) => reasons.push(reason))).toBeUndefined();
    expect(reasons).toEqual([expect.stringMatching(/libcap-ng0.*expected sha256 .*, found /)]);
    expect(await store.find(KEY, never)).toBeUndefined();
  });

  test("removes a set that is under another's key", async () => {
    const { store } = await openWithSet();
    const other = digest("another key");
    await store.work(async (work) => {
      await writeSet(work);
      await expect(store.keep(other, work)).resolves.toBeDefined();
    });
    const reasons: string[] = [];
    expect(await store.find(other, (reason) => reasons.push(reason))).toBeUndefined();
    expect(reasons).toEqual([expect.stringContaining("its manifest is another set's")]);
  });

  test("takes the set of a build that was quicker", async () => {
    const { store, kept } = await openWithSet();
    const again = await store.work(async (work) => {
      await writeSet(work);
      return store.keep(KEY, work);
    });
    expect(again).toEqual(kept);
  });

  test("has no trace of a build that failed, nor of one that was killed", async () => {
    const { root, store } = await openWithSet();
    const failing = store.work(async (work) => {
      await writeFile(join(work, "half.deb"), "half");
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    const { pid } = spawnSync("true");
    await mkdir(join(root, "ovs", `work-${pid}-x`));
    const running = join(root, "ovs", `work-${process.pid}-x`);
    await mkdir(running);
    await openStore({ OVERBRIDGE_CACHE: root });
    expect((await readdir(join(root, "ovs"))).sort()).toEqual([
      KEY.replace(":", "-"),
      `work-${process.pid}-x`,
    ]);
  });

  test("is in the user's cache directory where nothing else is said", async () => {
    const home = await temporary();
    await openStore({ HOME: home });
    expect(await readdir(join(home, ".cache", "overbridge"))).toContain("ovs");
  });

  test("says where it cannot be", async () => {
    const root = join(await temporary(), "file");
    await writeFile(root, "");
    await expect(openStore({ OVERBRIDGE_CACHE: root })).rejects.toThrow(InputError);
    await expect(openStore({ OVERBRIDGE_CACHE: root })).rejects.toThrow(`the cache ${root} cannot be used`);
  });
});

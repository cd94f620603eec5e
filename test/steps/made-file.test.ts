import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Store } from "../../src/steps/store.ts";

let root: string;
let store: Store;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "overbridge-step-"));
  store = new Store(root, "main");
  await mkdir(path.dirname(store.madeFile), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("what is written down while hosts are made is read again; where there is none there is nothing", async () => {
  expect(await store.readMade()).toBeUndefined();
  await store.writeMade({ cluster: "main" });
  expect(JSON.parse((await store.readMade())!)).toEqual({ cluster: "main" });
});

test.each([
  ["a folder", () => mkdir(store.madeFile), "expected a file"],
  ["a device that never ends", () => symlink("/dev/zero", store.madeFile), "expected a file"],
  [
    "larger than any that was written",
    () => writeFile(store.madeFile, " ".repeat(2_000_001)),
    "expected at most 2000000 bytes, found 2000001",
  ],
])("a file that is %s is not read", async (_what, make, reason) => {
  await make();
  await expect(store.readMade()).rejects.toMatchObject({
    exitCode: 2,
    message: `cannot read ${store.madeFile}: ${reason}`,
  });
});

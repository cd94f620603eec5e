import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { MANIFEST_FILE } from "../../src/ovs/manifest.ts";
import { deliver, readPackageSet } from "../../src/ovs/package-set.ts";
import { entry, temporary, writeSet } from "./fixture.ts";

const FILE = "openvswitch-switch_3.1.0-2_amd64.deb";

describe("readPackageSet", () => {
  test("gives back what was written", async () => {
    const written = await writeSet(await temporary());
    expect(await readPackageSet(written.directory)).toEqual(written);
  });

  test("notices any one byte that is another", async () => {
    const { directory } = await writeSet(await temporary());
    const path = join(directory, FILE);
    const good = await readFile(path);
    const oneByte = fc.record({ at: fc.nat(good.length - 1), xor: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(oneByte, async ({ at, xor }) => {
        const bad = Buffer.from(good);
        bad[at] = good[at]! ^ xor;
        await writeFile(path, bad);
        await expect(readPackageSet(directory)).rejects.toThrow(
          /expected sha256 [0-9a-f]{64}, found [0-9a-f]{64}/,
        );
      }),
      { numRuns: 30 },
    );
    await writeFile(path, good);
    await readPackageSet(directory);
  });

  test("notices a file that is cut short or gone", async () => {
    const { directory } = await writeSet(await temporary());
    await truncate(join(directory, FILE), 3);
    await expect(readPackageSet(directory)).rejects.toThrow(`${FILE}: expected 18 bytes, found 3`);
    const other = await temporary();
    await writeFile(join(other, MANIFEST_FILE), await readFile(join(directory, MANIFEST_FILE)));
    await expect(readPackageSet(other)).rejects.toThrow(/named in the manifest, but not there/);
  });

  test.each([
    ["no JSON", "{", /expected JSON/],
    [
      "a file outside the directory",
      { file: "../etc/x.deb" },
      /packages\.0\.file: expected a \.deb file's name/,
    ],
    ["a name that is an option", { file: "-x.deb" }, /packages\.0\.file/],
    ["a shell in a version", { version: "1;reboot" }, /packages\.0\.version: expected a Debian version/],
  ])("refuses a manifest with %s", async (_, change, message) => {
    const { directory, manifest } = await writeSet(await temporary());
    const [first, ...rest] = manifest.packages;
    const text =
      typeof change === "string"
        ? change
        : JSON.stringify({ ...manifest, packages: [{ ...first, ...change }, ...rest] });
    await writeFile(join(directory, MANIFEST_FILE), text);
    const error = await readPackageSet(directory).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(message);
  });

  test("says what to do where there is no set", async () => {
    const directory = await temporary();
    await expect(readPackageSet(directory)).rejects.toThrow(`no set of packages in ${directory}`);
  });
});

describe("deliver", () => {
  test("replaces an older set, and leaves alone what it did not bring", async () => {
    const output = await temporary();
    await writeFile(join(output, "mine.deb"), "mine");
    await deliver(await writeSet(await temporary()), output);
    const packages = [entry("openvswitch-switch", "3.7.1-1", "amd64", "openvswitch")];
    const newer = await writeSet(await temporary(), { openvswitch: "3.7.1", packages });
    await deliver(newer, output);
    expect((await readPackageSet(output)).manifest).toEqual(newer.manifest);
    expect((await readdir(output)).sort()).toEqual([
      MANIFEST_FILE,
      "mine.deb",
      "openvswitch-switch_3.7.1-1_amd64.deb",
    ]);
  });
});

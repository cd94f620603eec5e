import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { sha256Of } from "../../src/ovs/digest.ts";
import { DEFAULT_RELEASE, digestOfRelease, listedReleases } from "../../src/ovs/releases.ts";
import { chooseSource } from "../../src/ovs/source.ts";
import { temporary } from "./fixture.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);
const choose = (inputs: object, releases?: string) =>
  chooseSource({ source: "upstream", allowUnverified: false, ...inputs }, releases);

describe("a release of upstream", () => {
  test("is the default one, with its digest", async () => {
    expect(await choose({}, "http://127.0.0.1:1/r")).toEqual({
      kind: "upstream",
      url: `http://127.0.0.1:1/r/openvswitch-${DEFAULT_RELEASE}.tar.gz`,
      sha256: digestOfRelease(DEFAULT_RELEASE),
    });
    expect(listedReleases).toContain(DEFAULT_RELEASE);
  });

  test("that is not listed needs a digest, or to be taken unverified", async () => {
    await expect(choose({ ovsVersion: "3.3.9" })).rejects.toThrow(
      `ovs-version: no digest is known for Open vSwitch 3.3.9; known are ${listedReleases.join(", ")}`,
    );
    expect(await choose({ ovsVersion: "3.3.9", sha256: A })).toMatchObject({ sha256: A });
    expect(await choose({ ovsVersion: "3.3.9", allowUnverified: true })).toMatchObject({ sha256: undefined });
  });

  test("has the digest that is listed, and no other", async () => {
    const message = `sha256: expected ${digestOfRelease("3.7.1")} for Open vSwitch 3.7.1, found ${B}`;
    await expect(choose({ ovsVersion: "3.7.1", sha256: B, allowUnverified: true })).rejects.toThrow(message);
  });

  test("is no name that every object has", async () => {
    await expect(choose({ ovsVersion: "constructor" })).rejects.toThrow(InputError);
  });
});

describe("a URL", () => {
  test("needs a digest, or to be taken unverified", async () => {
    const source = "https://example.net/openvswitch.tar.gz";
    await expect(choose({ source })).rejects.toThrow(/^sha256: expected the digest/);
    expect(await choose({ source, sha256: A })).toEqual({ kind: "tarball", url: source, sha256: A });
    expect(await choose({ source, allowUnverified: true })).toMatchObject({ sha256: undefined });
  });

  test.each(["ftp://example.net/x.tar.gz", "https://user:word@example.net/x.tar.gz", "https://"])(
    "is refused without being shown: %s",
    async (source) => {
      const error = await choose({ source, sha256: A }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).message).not.toContain("word@");
    },
  );
});

describe("a file", () => {
  test("is known by its digest, and refused with both where it should be another's", async () => {
    const path = join(await temporary(), "ovs.tar.gz");
    await writeFile(path, "tarball");
    const sha256 = sha256Of("tarball");
    expect(await choose({ source: path })).toEqual({ kind: "tarball", path, sha256 });
    expect(await choose({ source: path, sha256 })).toEqual({ kind: "tarball", path, sha256 });
    await expect(choose({ source: path, sha256: A })).rejects.toThrow(
      `${path}: expected sha256 ${A}, found ${sha256}`,
    );
  });

  test("that is not there, or is a directory, is refused by its path", async () => {
    await expect(choose({ source: "/nowhere/ovs.tar.gz" })).rejects.toThrow(
      /found '\/nowhere\/ovs\.tar\.gz'/,
    );
    await expect(choose({ source: "/" })).rejects.toThrow(/which is no file/);
  });
});

test("the distribution's own takes no digest", async () => {
  expect(await choose({ source: "distro" })).toEqual({ kind: "distro" });
  expect(await choose({ source: "packages" })).toEqual({ kind: "packages" });
  await expect(choose({ source: "packages", sha256: A })).rejects.toThrow(
    /expected none with source 'packages'/,
  );
});

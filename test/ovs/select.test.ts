import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { selectForHost } from "../../src/ovs/select.ts";
import { targetOf, targets } from "../../src/ovs/targets.ts";
import { temporary, writeSet } from "./fixture.ts";

describe("selectForHost", () => {
  test("names each file of a set that fits, where it is and what it must be", async () => {
    const set = await writeSet(await temporary());
    const uploads = selectForHost(set, { distribution: "debian", version: "12", architecture: "amd64" });
    expect(uploads).toEqual(
      set.manifest.packages.map((entry) => ({ ...entry, path: `${set.directory}/${entry.file}` })),
    );
  });

  test.each([
    [{ distribution: "ubuntu", version: "24.04", architecture: "amd64" }, "Ubuntu 24.04 amd64"],
    [{ distribution: "debian", version: "13", architecture: "amd64" }, "Debian 13 amd64"],
    [{ distribution: "debian", version: "12", architecture: "arm64" }, "Debian 12 arm64"],
    [{ distribution: "alpine", version: "3.22.1", architecture: "amd64" }, "alpine 3.22.1 amd64"],
  ])("refuses %j by name", async (host, name) => {
    const set = await writeSet(await temporary());
    expect(() => selectForHost(set, host)).toThrow(InputError);
    expect(() => selectForHost(set, host)).toThrow(
      `the packages in ${set.directory} are for Debian 12 amd64, the host has ${name}`,
    );
  });
});

test("every target is some host's", () => {
  expect([targetOf("debian", "12"), targetOf("debian", "13")]).toEqual(["debian:bookworm", "debian:trixie"]);
  expect([targetOf("ubuntu", "22.04"), targetOf("ubuntu", "24.04")]).toEqual([
    "ubuntu:22.04",
    "ubuntu:24.04",
  ]);
  expect(targets).toHaveLength(4);
});

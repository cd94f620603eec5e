import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { sha256Of } from "../../src/ovs/digest.ts";
import type { Manifest } from "../../src/ovs/manifest.ts";
import { type PackageSet, writeManifest } from "../../src/ovs/package-set.ts";

export const digest = (text: string) => `sha256:${sha256Of(text)}`;

/** A directory that is gone when the test is through. */
export async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "overbridge-ovs-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes a set of two packages, whose files hold their own names, into a directory. */
export async function writeSet(directory: string, change: Partial<Manifest> = {}): Promise<PackageSet> {
  const packages: Manifest["packages"] = [
    entry("openvswitch-switch", "3.1.0-2", "amd64", "openvswitch"),
    entry("libcap-ng0", "0.8.3-1", "amd64", "dependency"),
  ];
  const manifest: Manifest = {
    version: 1,
    openvswitch: "3.1.0",
    target: "debian:bookworm",
    architecture: "amd64",
    source: { kind: "tarball", digest: digest("source") },
    recipe: digest("recipe"),
    key: digest("key"),
    packages,
    ...change,
  };
  for (const { file, package: name } of manifest.packages) await writeFile(join(directory, file), name);
  await writeManifest(directory, manifest);
  return { directory, manifest };
}

/** A package whose file holds its name. */
export function entry(
  name: string,
  version: string,
  architecture: "amd64" | "arm64" | "all",
  role: "openvswitch" | "dependency",
): Manifest["packages"][number] {
  const file = `${name}_${version}_${architecture}.deb`;
  return { package: name, version, architecture, file, size: name.length, sha256: sha256Of(name), role };
}

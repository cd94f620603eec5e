import { join } from "node:path";
import { InputError } from "../errors.ts";
import type { Package } from "./manifest.ts";
import type { PackageSet } from "./package-set.ts";
import { nameOf, targetOf } from "./targets.ts";

/** What a host says of itself. */
export interface HostSystem {
  /** `ID` of /etc/os-release: `debian`, `ubuntu`. */
  readonly distribution: string;
  /** `VERSION_ID` of /etc/os-release: `12`, `24.04`. */
  readonly version: string;
  /** What `dpkg --print-architecture` prints: `amd64`. */
  readonly architecture: string;
}

/** A file to send: where it is here, and what must be true of it there. */
export interface Upload extends Package {
  readonly path: string;
}

/**
 * The files of a set that a host needs. A file of role `openvswitch` is to be installed where the host has
 * another version of its package or none; one of role `dependency` where it has none at all, because what a
 * host has may be newer than what the set was made with.
 *
 * @throws InputError naming both sides where the set is for another distribution or architecture.
 */
export function selectForHost(set: PackageSet, host: HostSystem): Upload[] {
  const { target, architecture, packages } = set.manifest;
  if (targetOf(host.distribution, host.version) !== target || host.architecture !== architecture) {
    const found = `${titled(host)} ${host.architecture}`;
    throw new InputError(
      `the packages in ${set.directory} are for ${nameOf(target)} ${architecture}, the host has ${found}`,
      hintFor(host),
    );
  }
  return packages.map((entry) => ({ ...entry, path: join(set.directory, entry.file) }));
}

function titled({ distribution, version }: HostSystem): string {
  const target = targetOf(distribution, version);
  return target ? nameOf(target) : `${distribution} ${version}`;
}

function hintFor({ distribution, version, architecture }: HostSystem): string {
  const target = targetOf(distribution, version);
  if (!target) return "packages can be built for Debian 12 and 13 and Ubuntu 22.04 and 24.04";
  return `run: overbridge build-ovs --target ${target} --arch ${architecture} --output DIR`;
}

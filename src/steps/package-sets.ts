import type { z } from "zod";
import type { HostList } from "../cluster/host-list.ts";
import { InputError } from "../errors.ts";
import { type PackageSet, readPackageSet } from "../ovs/package-set.ts";
import { targetOf } from "../ovs/targets.ts";
import { buildOvs, buildOvsInputs } from "./build-ovs.ts";
import type { ConnectHost } from "./configure.ts";
import type { Context } from "./context.ts";
import type { upInputs } from "./inputs.ts";
import { askSystem } from "./send-packages.ts";
import type { Store } from "./store.ts";

/** The sets of packages in the folders named, checked; nothing where none was. @throws InputError */
export async function readPackageSets(
  directories: readonly string[],
): Promise<{ packageSets?: PackageSet[] }> {
  if (directories.length === 0) return {};
  return { packageSets: await Promise.all(directories.map(readPackageSet)) };
}

/** What the hosts are, each distribution and architecture once: `debian:bookworm amd64`. */
async function targetsOf(list: HostList, connectHost: ConnectHost) {
  const systems = await Promise.all(
    list.hosts.map(async (host) => {
      const connection = await connectHost(host);
      try {
        const { distribution, version, architecture } = await askSystem(connection);
        const target = targetOf(distribution, version);
        if (target && (architecture === "amd64" || architecture === "arm64")) return { target, architecture };
        throw new InputError(
          `${host.name}: Open vSwitch cannot be built for ${distribution} ${version} ${architecture}`,
          "use Debian 12 or 13, or Ubuntu 22.04 or 24.04, on amd64 or arm64; or --ovs present",
        );
      } finally {
        connection.close();
      }
    }),
  );
  return [...new Map(systems.map((system) => [`${system.target} ${system.architecture}`, system])).values()];
}

/**
 * The sets of packages that `up` installs Open vSwitch from: those in folders that were named, else made for
 * the hosts' distributions where that was asked for.
 */
export async function packageSetsFor(
  inputs: z.output<typeof upInputs>,
  list: HostList,
  context: Context,
  store: Store,
  connectHost: ConnectHost,
): Promise<readonly PackageSet[] | undefined> {
  if (inputs.ovsPackages.length > 0) return (await readPackageSets(inputs.ovsPackages)).packageSets;
  if (inputs.ovs === "present") return undefined;
  const sets: PackageSet[] = [];
  for (const { target, architecture } of await targetsOf(list, connectHost)) {
    const { set } = await buildOvs(
      buildOvsInputs.parse({
        target,
        arch: architecture,
        source: inputs.ovs === "packages" ? "packages" : inputs.ovsSource,
        output: store.packageDirectory(`${target.replace(":", "-")}-${architecture}`),
        ovsVersion: inputs.ovsVersion,
        sha256: inputs.sha256,
        allowUnverified: inputs.allowUnverified,
      }),
      context,
    );
    sets.push(set);
  }
  return sets;
}

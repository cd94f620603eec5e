import { createReadStream } from "node:fs";
import { Failure, InputError } from "../errors.ts";
import type { PackageSet } from "../ovs/package-set.ts";
import { type HostSystem, selectForHost, type Upload } from "../ovs/select.ts";
import { targetOf } from "../ovs/targets.ts";
import type { Connection } from "../ssh/connection.ts";
import { asRoot } from "../ssh/root.ts";
import type { Context } from "./context.ts";

/** Where packages are put on a host; gone again once they are installed. */
export const PACKAGE_DIRECTORY = "/var/cache/overbridge/packages";

/** What a host says of its system, and which packages it has, by name. */
export interface InstalledSystem extends HostSystem {
  readonly installed: ReadonlyMap<string, string>;
}

const question = `. /etc/os-release
echo "system \${ID-} \${VERSION_ID-}"
echo "architecture $(dpkg --print-architecture)"
dpkg-query -W -f 'package \${db:Status-Abbrev}\${Package} \${Version}\\n'`;

/** Most packages that a host is believed to have. */
const MOST_PACKAGES = 20_000;

/** Asks a host for its distribution, architecture and installed packages, in one round trip. */
export async function askSystem(connection: Connection): Promise<InstalledSystem> {
  const installed = new Map<string, string>();
  let system = ["", ""];
  let architecture = "";
  await connection.run("sh", {
    stdin: question,
    onLine(line) {
      const [word, first = "", second = "", third = ""] = line.split(/ +/);
      if (word === "system") system = [first, second];
      else if (word === "architecture") architecture = first;
      else if (word === "package" && first === "ii" && installed.size < MOST_PACKAGES)
        installed.set(second, third);
    },
  });
  return { distribution: system[0]!, version: system[1]!, architecture, installed };
}

/**
 * The packages for a host out of several sets.
 *
 * @throws InputError naming the host, where no set is for its distribution and architecture.
 */
export function choosePackages(
  host: string,
  sets: readonly PackageSet[],
  system: HostSystem,
): readonly Upload[] {
  const target = targetOf(system.distribution, system.version);
  const fits = ({ manifest }: PackageSet) =>
    manifest.target === target && manifest.architecture === system.architecture;
  const set = sets.find(fits) ?? sets[0]!;
  try {
    return selectForHost(set, system);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${host}: ${error.message}`, error.hint);
  }
}

/** Sends what the host does not have installed yet. */
export async function sendPackages(
  connection: Connection,
  packages: readonly Upload[],
  { installed }: InstalledSystem,
  context: Context,
): Promise<void> {
  const missing = packages.filter(({ package: name, version, role }) =>
    role === "dependency" ? !installed.has(name) : installed.get(name) !== version,
  );
  if (missing.length === 0) return;
  const { reporter, signal } = context;
  const { name: host, user } = connection.target;
  const made = await connection.run(asRoot(user, `mkdir -p -m 755 ${PACKAGE_DIRECTORY}`), { signal });
  if (made.code !== 0)
    throw new Failure(`${host}: ${PACKAGE_DIRECTORY} cannot be made: ${made.stderr.trim()}`);
  for (const [index, { path, file }] of missing.entries()) {
    const text = `sending package ${index + 1} of ${missing.length}`;
    reporter.report({ kind: "doing", host, text });
    await connection.upload(createReadStream(path), `${PACKAGE_DIRECTORY}/${file}`, 0o644, { signal });
  }
}

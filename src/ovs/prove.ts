import { Failure } from "../errors.ts";
import { PROVE } from "./recipe.ts";
import { runJob, type Site } from "./site.ts";

/**
 * Proves that a set works: it is installed in a clean container of the target without network, its daemons run
 * with the userspace datapath, and a bridge is made.
 *
 * @param expected Open vSwitch's version, or undefined where any will do.
 * @returns the version that the running daemon says it has.
 * @throws Failure naming both versions where it says another one.
 */
export async function prove(site: Site, directory: string, expected: string | undefined): Promise<string> {
  const job = {
    purpose: "prove",
    image: site.image.reference,
    program: PROVE,
    files: [{ from: directory, to: "/set" }],
    options: ["--cap-add", "NET_ADMIN", "--device", "/dev/net/tun"],
  };
  const found = await runJob(site, job, async ({ lines }) => lines.at(-1) ?? "");
  if (!/^\d+(\.\d+){1,3}$/.test(found) || (expected !== undefined && found !== expected)) {
    site.phases.fail(site.log.tail());
    throw new Failure(
      `the packages do not prove: expected Open vSwitch ${expected ?? "of some version"}, the daemon says '${found}'`,
      `read the log: ${site.log.path}`,
    );
  }
  return found;
}

import { Failure } from "../../errors.ts";
import type { DesiredHost } from "../provider.ts";
import { deleteDroplets } from "./remove.ts";
import type { Droplet } from "./schema.ts";
import { describeDroplet, survey } from "./survey.ts";
import { clusterTag } from "./tags.ts";
import { elapsed, type Work } from "./work.ts";

/** Where a droplet is reached from outside, and by the others of its VPC. */
export interface Addresses {
  readonly public: string;
  readonly private: string;
}

/** A droplet's addresses, once it is active and has both. */
function addressesOf(droplet: Droplet): Addresses | undefined {
  const find = (type: "public" | "private") =>
    droplet.networks.v4.find((network) => network.type === type)?.ip_address;
  const [outside, inside] = [find("public"), find("private")];
  return droplet.status === "active" && outside && inside ? { public: outside, private: inside } : undefined;
}

/**
 * Waits until the droplets of all hosts are active and have their addresses, with one look at all of them per
 * interval. A droplet that turns out to be a host's second is removed.
 *
 * @param gone droplets that were deleted and may still be listed.
 * @param onActive called once for each host, as soon as it is.
 * @throws Failure naming the hosts that are not active in time; the others have been told of.
 */
export async function waitUntilActive(
  cluster: string,
  hosts: readonly DesiredHost[],
  gone: Set<number>,
  work: Work,
  onActive: (host: DesiredHost, droplet: Droplet, addresses: Addresses) => void,
): Promise<void> {
  const { api, clock, context, waits } = work;
  const began = clock.now();
  let waiting = hosts;
  for (;;) {
    const listed = await api.droplets(clusterTag(cluster));
    const found = survey(
      cluster,
      work.owner,
      listed.filter(({ id }) => !gone.has(id)),
    );
    await deleteDroplets(found.surplus, "its host has one already", gone, work);
    waiting = waiting.filter((host) => {
      const droplet = found.hosts.get(host.id);
      const addresses = droplet && addressesOf(droplet);
      if (addresses) onActive(host, droplet, addresses);
      return addresses === undefined;
    });
    if (waiting.length === 0) return;
    if (clock.now() - began >= waits.activeMs) throw tooLate(waiting, found.hosts, elapsed(clock, began));
    for (const { name } of waiting) {
      context.reporter.report({
        kind: "doing",
        host: name,
        text: `waiting for ${name} to become active: ${elapsed(clock, began)}`,
      });
    }
    await clock.sleep(waits.pollMs, context.signal);
  }
}

function tooLate(hosts: readonly DesiredHost[], found: ReadonlyMap<number, Droplet>, after: string): Failure {
  const states = hosts.map(({ id, name }) => {
    const droplet = found.get(id);
    if (!droplet) return `${name} has no droplet`;
    const lack = droplet.status === "active" ? "active without addresses" : droplet.status;
    return `${name}'s ${describeDroplet(droplet)} is ${lack}`;
  });
  return new Failure(
    `not active after ${after}: ${states.join(", ")}`,
    "run it again: a droplet that is stuck is then replaced; or take the cluster down with overbridge teardown",
  );
}

import { Failure, isStated, messageOf } from "../../errors.ts";
import type { DesiredCluster, DesiredHost, ProvidedHost } from "../provider.ts";
import { type Addresses, waitUntilActive } from "./active.ts";
import { adopt } from "./adopt.ts";
import type { Making } from "./making.ts";
import type { Droplet } from "./schema.ts";
import type { Work } from "./work.ts";

export interface Made {
  readonly host: ProvidedHost;
  readonly droplet: Droplet;
}

/** Waits for all droplets together, and takes each host from there by itself as soon as its droplet is active. */
export async function bringUp(
  desired: DesiredCluster,
  making: Making,
  gone: Set<number>,
  work: Work,
): Promise<Made[]> {
  const made: Made[] = [];
  const tasks: Promise<void>[] = [];
  const onActive = (host: DesiredHost, droplet: Droplet, addresses: Addresses) => {
    const task = ready(host, addresses, making, work).then((provided) => {
      made.push({ host: provided, droplet });
    });
    // Looked at with all the others below; until then a failure is not an unhandled one.
    task.catch(() => {});
    tasks.push(task);
  };
  const active = await settled(waitUntilActive(desired.cluster, desired.hosts, gone, work, onActive));
  const errors = [active, ...(await Promise.all(tasks.map(settled)))].filter((error) => error !== undefined);
  if (errors.length > 0) throw together(errors);
  return made;
}

async function ready(
  host: DesiredHost,
  addresses: Addresses,
  making: Making,
  work: Work,
): Promise<ProvidedHost> {
  const { access, dial, settle } = making;
  const connection = await adopt({ host, address: addresses.public, access, dial }, work);
  try {
    await settle(connection, work);
  } finally {
    connection.close();
  }
  const { user, address, port, hostKey } = connection.target;
  return { id: host.id, name: host.name, ssh: { user, address, port, hostKey }, underlay: addresses.private };
}

async function settled(task: Promise<unknown>): Promise<unknown> {
  try {
    await task;
    return undefined;
  } catch (error) {
    return error;
  }
}

/** One error of several: one that nobody foresaw, else all that the hosts have to say. */
function together(errors: readonly unknown[]): unknown {
  const unforeseen = errors.find((error) => !isStated(error));
  if (unforeseen !== undefined || errors.length === 1) return unforeseen ?? errors[0];
  const [first] = errors.filter(isStated);
  return new Failure(errors.map(messageOf).join("; "), first?.hint);
}

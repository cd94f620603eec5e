import ipaddr from "ipaddr.js";
import { InputError } from "../errors.ts";
import { capacityOf, subnetOf } from "./addressing.ts";
import type { Host, HostList } from "./host-list.ts";
import { checkOverlay, checkUnderlay } from "./overlay-checks.ts";
import { familyOf } from "./schema.ts";

/** What every host must have for itself, by field. */
const UNIQUE: Readonly<Record<string, (host: Host) => string | number>> = {
  id: ({ id }) => id,
  name: ({ name }) => name,
  underlay: ({ underlay }) => underlay,
  "ssh.address": ({ ssh }) =>
    familyOf(ssh.address) === 6 ? `[${ssh.address}]:${ssh.port}` : `${ssh.address}:${ssh.port}`,
};

function checkUnique(hosts: readonly Host[]): void {
  for (const [field, read] of Object.entries(UNIQUE)) {
    const seen = new Map<string | number, number>();
    for (const [index, host] of hosts.entries()) {
      const value = read(host);
      const other = seen.get(value);
      if (other !== undefined) {
        throw new InputError(
          `hosts[${index}].${field}: expected one of its own, found ${value}, as hosts[${other}] has`,
        );
      }
      seen.set(value, index);
    }
  }
}

/** Ranges of addresses that are no host's on a network of several, as ipaddr.js calls them. */
const NO_HOST = ["unspecified", "loopback", "multicast", "broadcast"];

function checkUnderlayOf(list: HostList, host: Host, field: string): void {
  const address = ipaddr.parse(host.underlay);
  const range = address.range();
  // An IPv6 link-local address means nothing without a zone, which differs from host to host.
  if (NO_HOST.includes(range) || (range === "linkLocal" && address.kind() === "ipv6")) {
    throw new InputError(
      `${field}: expected an address that other hosts can send to, found ${host.underlay}`,
    );
  }
  const first = list.hosts[0]!.underlay;
  if (familyOf(host.underlay) !== familyOf(first)) {
    throw new InputError(
      `${field}: expected IPv${familyOf(first)} like hosts[0].underlay, found ${host.underlay}`,
    );
  }
  checkUnderlay(list.overlay, host.underlay, field);
}

function checkSubnetOf({ overlay }: HostList, host: Host, path: string): void {
  const capacity = capacityOf(overlay);
  if (host.id > capacity) {
    const where = `${overlay.network} with /${overlay.subnetPrefix} subnets`;
    throw new InputError(`${path}.id: expected 1 to ${capacity} in ${where}, found ${host.id}`);
  }
  const subnet = subnetOf(overlay, host.id);
  if (host.subnet !== subnet) {
    throw new InputError(
      `${path}.subnet: expected ${subnet}, which follows from id ${host.id}, found ${host.subnet}`,
    );
  }
}

/**
 * Checks that a host list of the right form does not contradict itself.
 *
 * @throws InputError naming the first field that does.
 */
export function checkHostList(list: HostList): void {
  checkOverlay(list.overlay);
  checkUnique(list.hosts);
  for (const [index, host] of list.hosts.entries()) {
    checkSubnetOf(list, host, `hosts[${index}]`);
    checkUnderlayOf(list, host, `hosts[${index}].underlay`);
  }
}

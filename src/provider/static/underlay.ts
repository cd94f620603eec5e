import ipaddr from "ipaddr.js";
import { ipAddress } from "../../cluster/schema.ts";
import { Failure, InputError } from "../../errors.ts";
import type { AssignedHost } from "./assign.ts";
import type { Survey } from "./survey.ts";

/**
 * The address that the other hosts shall send tunnel packets to: the one the user gave, else the one at
 * which our own connection arrived on the host, else the one the host sends from. Where the address we
 * connected to is translated on the way, these are what the host really has.
 *
 * @throws InputError where the user's is not the host's; Failure where the host has none that will do.
 */
export function underlayOf(host: AssignedHost, survey: Survey): string {
  const has = new Set(survey.addresses.flatMap((text) => ipAddress.safeParse(text).data ?? []));
  if (host.underlay !== undefined) {
    if (has.has(host.underlay)) return host.underlay;
    throw new InputError(
      `${host.name}: underlay ${host.underlay} is on none of its interfaces`,
      `it has ${[...has].filter(isReachable).join(", ") || "no address that others can send to"}`,
    );
  }
  for (const text of [survey.arrived, survey.source]) {
    const address = ipAddress.safeParse(text).data;
    if (address !== undefined && has.has(address) && isReachable(address)) return address;
  }
  throw new Failure(
    `${host.name}: found no address on it that other hosts can send to`,
    `say which it is: --underlay ${host.address}=ADDRESS`,
  );
}

/** Two hosts with one underlay address: the same host named twice, or two networks that look alike. */
export function checkUnderlaysDiffer(hosts: readonly { name: string; underlay: string }[]): void {
  const seen = new Map<string, string>();
  for (const { name, underlay } of hosts) {
    const other = seen.get(underlay);
    if (other !== undefined) {
      throw new InputError(
        `underlay: ${other} and ${name} both have ${underlay}`,
        "they are one and the same host, or need --underlay HOST=ADDRESS with addresses of a common network",
      );
    }
    seen.set(underlay, name);
  }
}

/** Whether another host could send to it: no loopback, no link-local. */
function isReachable(address: string): boolean {
  return !["loopback", "linkLocal", "unspecified", "multicast"].includes(ipaddr.parse(address).range());
}

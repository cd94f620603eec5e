import { familyOf } from "../cluster/schema.ts";
import { type TunnelType, tunnelTypes } from "../cluster/tunnel.ts";

/**
 * Open vSwitch's word for the interface of a tunnel. GRE over IPv6 is a type of its own: the kernel's device for
 * the other drops what is to leave by IPv6 without a word.
 *
 * @param underlay an address of the underlay.
 */
export function interfaceType(tunnel: TunnelType, underlay: string): string {
  return tunnel === "gre" && familyOf(underlay) === 6 ? "ip6gre" : tunnel;
}

/** Every type that a tunnel of ours may have, as a regular expression of awk's. */
export const INTERFACE_TYPES = `^(${[...tunnelTypes, "ip6gre"].join("|")})$`;

/** The kernel's module that makes the device of an interface of this type. */
export function moduleOf(type: string): string {
  return { gre: "ip_gre", ip6gre: "ip6_gre" }[type] ?? type;
}

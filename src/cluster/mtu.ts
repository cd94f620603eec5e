import { InputError } from "../errors.ts";
import type { TunnelType } from "./tunnel.ts";

/** Bytes of each header. RFC 791, 8200, 768, 2784 with the key of 2890, 7348, 8926 without options. */
const HEADER = { ethernet: 14, ipv4: 20, ipv6: 40, udp: 8, gre: 4, greKey: 4, vxlan: 8, geneve: 8 } as const;

/**
 * What one tunnel adds in front of the packet a container sends, within the underlay's IP packet.
 *
 *     GRE     IPv4 20 + GRE 4 + key 4    + inner Ethernet 14 = 42
 *     VXLAN   IPv4 20 + UDP 8 + VXLAN 8  + inner Ethernet 14 = 50
 *     Geneve  IPv4 20 + UDP 8 + Geneve 8 + inner Ethernet 14 = 50
 *
 * An IPv6 underlay's header has 40 bytes for the 20 of IPv4.
 *
 * @param family of the underlay's addresses.
 * @returns bytes.
 */
export function overheadOf(type: TunnelType, family: 4 | 6): number {
  const ip = family === 4 ? HEADER.ipv4 : HEADER.ipv6;
  const tunnel = type === "gre" ? HEADER.gre + HEADER.greKey : HEADER.udp + HEADER[type];
  return ip + tunnel + HEADER.ethernet;
}

/** Least MTU of the overlay, in bytes: the packet every IPv4 host must be able to take (RFC 791). */
export const MIN_OVERLAY_MTU = 576;

/**
 * The overlay's MTU in bytes: what the underlay's leaves when the tunnel has taken its part.
 *
 * @throws InputError where that is less than {@link MIN_OVERLAY_MTU}.
 */
export function overlayMtu(underlayMtu: number, type: TunnelType, family: 4 | 6): number {
  const overhead = overheadOf(type, family);
  if (underlayMtu - overhead >= MIN_OVERLAY_MTU) return underlayMtu - overhead;
  throw new InputError(
    `underlay MTU: expected ${MIN_OVERLAY_MTU + overhead} or more for ${type} over IPv${family}, found ${underlayMtu}`,
    "raise the MTU of the interface that carries the tunnels",
  );
}

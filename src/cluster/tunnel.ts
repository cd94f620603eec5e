import { createHash } from "node:crypto";

export const tunnelTypes = ["gre", "vxlan", "geneve"] as const;
export type TunnelType = (typeof tunnelTypes)[number];

/** What a tunnel type looks like on the underlay: what a firewall between hosts has to let through. */
export interface Carrier {
  /** IP protocol number (IANA): 47 GRE, 17 UDP. */
  readonly protocol: number;
  /** UDP destination port (IANA); absent where the protocol has none. */
  readonly port?: number;
}

export const carriers: Readonly<Record<TunnelType, Carrier>> = {
  gre: { protocol: 47 },
  vxlan: { protocol: 17, port: 4789 },
  geneve: { protocol: 17, port: 6081 },
};

/** Three letters each: with two ids of five digits a name has the 15 characters Linux allows. */
const PREFIXES: Readonly<Record<TunnelType, string>> = { gre: "gre", vxlan: "vxl", geneve: "gnv" };

/** Two different host ids, the lower one first, so that both ends of a tunnel say the same. */
export function pairOf(a: number, b: number): readonly [number, number] {
  return a < b ? [a, b] : [b, a];
}

/** Name of the tunnel between two hosts, the same on both: `gre-3-12`. At most 15 characters. */
export function tunnelName(type: TunnelType, a: number, b: number): string {
  const [low, high] = pairOf(a, b);
  return `${PREFIXES[type]}-${low}-${high}`;
}

/**
 * Key of the tunnel between two hosts, the same on both: 1 to 2^24-1, which fits a GRE key as well as a VXLAN or
 * Geneve network identifier. It tells the tunnels of several clusters between the same two hosts apart (two
 * clusters meet by chance once in 16 million pairs); it is no secret. The first 6 bytes of SHA-256, modulo.
 */
export function tunnelKey(cluster: string, a: number, b: number): number {
  const [low, high] = pairOf(a, b);
  const digest = createHash("sha256").update(`overbridge tunnel ${cluster}/${low}/${high}`).digest();
  return (digest.readUIntBE(0, 6) % 0xff_ffff) + 1;
}

import { createHash } from "node:crypto";

/** What a hardware address is for; each device of a host has one of its own. */
export type MacRole = "bridge" | "linux-bridge";

/**
 * A hardware address that stays the same for a host's device and differs from every other host's: locally
 * administered, unicast, and 40 bits of SHA-256 over cluster, host id and role.
 */
export function macOf(cluster: string, hostId: number, role: MacRole): string {
  const digest = createHash("sha256").update(`${cluster}/${hostId}/${role}`).digest();
  return [0x02, ...digest.subarray(0, 5)].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

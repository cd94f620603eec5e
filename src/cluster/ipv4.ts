import ipaddr from "ipaddr.js";

/** An IPv4 network as numbers: its first and last address as unsigned 32-bit integers. */
export interface Range {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

/** A dotted-quad address as an unsigned 32-bit integer. */
export function toNumber(address: string): number {
  // Multiplied, not shifted: JavaScript's shifts are signed.
  return ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** The inverse of {@link toNumber}. */
export function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
}

/** How many addresses a network with this prefix length has. */
export function sizeOf(prefix: number): number {
  return 2 ** (32 - prefix);
}

/** The network an address belongs to, as CIDR text: `10.88.3.7` with 16 is `10.88.0.0/16`. */
export function networkAround(address: string, prefix: number): string {
  const value = toNumber(address);
  return `${toAddress(value - (value % sizeOf(prefix)))}/${prefix}`;
}

/** A network or a single address (a network of one) as numbers. Takes text that was checked before. */
export function rangeOf(text: string): Range {
  const [address = "", prefixText = "32"] = text.split("/");
  const prefix = Number(prefixText);
  const first = toNumber(address);
  return { first, last: first + sizeOf(prefix) - 1, prefix };
}

/** Whether two networks or addresses have an address in common. */
export function overlaps(a: string, b: string): boolean {
  const [left, right] = [rangeOf(a), rangeOf(b)];
  return left.first <= right.last && right.first <= left.last;
}

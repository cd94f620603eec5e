import ipaddr from "ipaddr.js";
import { z } from "zod";
import { networkAround } from "./ipv4.ts";

/** Eight groups of four digits and what an IPv4-mapped address may add. */
const LONGEST_ADDRESS = 45;

/**
 * An IP address in its one canonical spelling (IPv6 as RFC 5952 has it), or undefined where the text is none.
 *
 * Only four decimal parts count as IPv4: `10.1` and `010.0.0.1` mean different hosts to different programs. A
 * zone (`fe80::1%eth0`) means something on one machine only, so it is refused. An IPv4-mapped IPv6 address is
 * the IPv4 address.
 */
function normaliseAddress(text: string): string | undefined {
  if (text.length > LONGEST_ADDRESS) return undefined;
  const address = text.replace(/^::ffff:(?=\d+\.)/i, "");
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return address;
  if (!/^[0-9a-f:]+$/i.test(address) || !ipaddr.IPv6.isValid(address)) return undefined;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : parsed.toRFC5952String();
}

/** The address family of a normalised address. */
export function familyOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

/** A piece of text that `read` brings into its one spelling, or refuses by returning undefined. */
function textPiece(expected: string, read: (text: string) => string | undefined) {
  return z.string(expected).transform((text, context) => {
    const value = read(text);
    if (value !== undefined) return value;
    context.issues.push({ code: "custom", message: expected, input: text });
    return z.NEVER;
  });
}

/** An IPv4 or IPv6 literal without a zone, normalised. */
export const ipAddress = textPiece("expected an IPv4 or IPv6 address", normaliseAddress);

/** 1-63 characters a label, and no number at the end, which would make it a broken IPv4 address. */
const DNS_NAME =
  /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?!\d+$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** Where a host is reached: an address or a DNS name, without brackets, port or zone; normalised. */
export const hostAddress = textPiece(
  "expected an address or a DNS name",
  (text) => normaliseAddress(text) ?? (DNS_NAME.test(text) ? text.toLowerCase() : undefined),
);

const CIDR = /^([\d.]{7,15})\/(\d|[12]\d|3[0-2])$/;

/** An IPv4 network such as `10.88.0.0/16`, no host bits set. */
export const ipv4Network = z
  .string("expected an IPv4 network such as 10.88.0.0/16")
  .superRefine((text, context) => {
    const [, address = "", prefix = ""] = CIDR.exec(text) ?? [];
    if (!ipaddr.IPv4.isValidFourPartDecimal(address)) {
      context.addIssue({ code: "custom", message: "expected an IPv4 network such as 10.88.0.0/16" });
      return;
    }
    const meant = networkAround(address, Number(prefix));
    if (text !== meant) {
      context.addIssue({ code: "custom", message: `expected ${meant} (the network without host bits)` });
    }
  });

/** A whole number in a range, with one message for whatever else comes. */
export function wholeNumber(min: number, max: number) {
  const message = `expected a whole number from ${min} to ${max}`;
  return z.int(message).min(min, message).max(max, message);
}

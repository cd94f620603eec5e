import { InputError } from "../errors.ts";
import { capacityOf, MAX_SUBNET_PREFIX, MIN_SUBNET_PREFIX, type OverlayRange } from "./addressing.ts";
import { MAX_HOST_ID } from "./ids.ts";
import { overlaps, rangeOf } from "./ipv4.ts";

/** Networks no container can be reached in (IANA's IPv4 special-purpose registry). */
const UNUSABLE: readonly (readonly [string, string])[] = [
  ["0.0.0.0/8", "this-network"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
];

/**
 * Checks that an overlay can be what it is asked to be: addresses that containers can have (private or not),
 * and subnets of a sane size of which at least one fits.
 *
 * @throws InputError
 */
export function checkOverlay(overlay: OverlayRange): void {
  const { network, subnetPrefix } = overlay;
  const unusable = UNUSABLE.find(([range]) => overlaps(network, range));
  if (unusable) {
    throw new InputError(
      `overlay network: expected no ${unusable[1]} addresses (${unusable[0]}), found ${network}`,
      "take a private network, such as 10.88.0.0/16",
    );
  }
  const { prefix } = rangeOf(network);
  if (prefix >= MAX_SUBNET_PREFIX) {
    throw new InputError(
      `overlay network: expected /${MAX_SUBNET_PREFIX - 1} or larger, found ${network}`,
      "take a larger network, such as 10.88.0.0/16",
    );
  }
  const least = Math.max(prefix + 1, MIN_SUBNET_PREFIX);
  if (!Number.isInteger(subnetPrefix) || subnetPrefix < least || subnetPrefix > MAX_SUBNET_PREFIX) {
    throw new InputError(
      `subnet prefix: expected ${least} to ${MAX_SUBNET_PREFIX} in the overlay network ${network}, found ${subnetPrefix}`,
    );
  }
}

/** What would make room for so many hosts, in words; undefined where nothing would. */
function roomFor(overlay: OverlayRange, count: number): string | undefined {
  if (count > MAX_HOST_ID) return undefined;
  const bits = Math.ceil(Math.log2(count + 1));
  const { prefix } = rangeOf(overlay.network);
  const ways: string[] = [];
  if (prefix + bits <= MAX_SUBNET_PREFIX) ways.push(`a subnet prefix of ${prefix + bits}`);
  if (overlay.subnetPrefix - bits >= 8) ways.push(`an overlay network of /${overlay.subnetPrefix - bits}`);
  return ways.length > 0
    ? `${ways.join(" or ")} would do`
    : "take a larger overlay network and smaller subnets";
}

/** Checks that an overlay has a subnet for each of `count` hosts. @throws InputError saying how many fit. */
export function checkHostCount(overlay: OverlayRange, count: number): void {
  const capacity = capacityOf(overlay);
  if (count <= capacity) return;
  throw new InputError(
    `hosts: expected at most ${capacity} in ${overlay.network} with /${overlay.subnetPrefix} subnets, found ${count}`,
    roomFor(overlay, count),
  );
}

/**
 * Checks that a part of the underlay is outside the overlay: one address cannot be in both, or a host would
 * look for the other end of a tunnel inside the tunnel. An IPv6 underlay never overlaps.
 *
 * @param underlay an address or an IPv4 network in CIDR. @param field what to call it in an error.
 * @throws InputError
 */
export function checkUnderlay(overlay: OverlayRange, underlay: string, field: string): void {
  if (underlay.includes(":") || !overlaps(overlay.network, underlay)) return;
  throw new InputError(
    `${field}: expected outside the overlay network ${overlay.network}, found ${underlay}`,
    "choose another overlay network",
  );
}

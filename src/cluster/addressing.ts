import { InputError } from "../errors.ts";
import { MAX_HOST_ID } from "./ids.ts";
import { rangeOf, sizeOf, toAddress } from "./ipv4.ts";

/** The overlay's network and how it is cut into one subnet per host. */
export interface OverlayRange {
  /** CIDR, no host bits set. */
  readonly network: string;
  /** Prefix length of every host's subnet. */
  readonly subnetPrefix: number;
}

/** Private, and neither a home router's usual network nor one of Docker's own defaults (172.17/16 and on). */
export const DEFAULT_NETWORK = "10.88.0.0/16";

/** A larger subnet would have more than 32 addresses to reserve, each an argument to Docker. */
export const MIN_SUBNET_PREFIX = 20;
/** Network address, gateway, one container, broadcast address. */
export const MAX_SUBNET_PREFIX = 30;

/**
 * The subnet prefix where none is asked for: 24 in a network of /16 or larger; below that room for 255 hosts while
 * each has a /29 or larger.
 */
export function defaultSubnetPrefix(network: string): number {
  const { prefix } = rangeOf(network);
  return prefix <= 16 ? 24 : Math.max(Math.min(prefix + 8, 29), prefix + 1);
}

/** How many hosts an overlay has subnets for, which is also its highest host id: block 0 is never used. */
export function capacityOf({ network, subnetPrefix }: OverlayRange): number {
  const blocks = 2 ** Math.max(subnetPrefix - rangeOf(network).prefix, 0);
  return Math.min(blocks - 1, MAX_HOST_ID);
}

/** One host's addresses on the overlay. All follow from its id. */
export interface HostAddressing {
  /** What this host gives its containers addresses from: `10.88.3.0/24`. */
  readonly subnet: string;
  /** The host's own address, the subnet's first usable one: `10.88.3.1`. */
  readonly gateway: string;
  /** The same with the overlay's prefix length, as an interface is given it: `10.88.3.1/16`. */
  readonly interfaceAddress: string;
  /** The overlay's broadcast address: `10.88.255.255`. */
  readonly broadcast: string;
  /**
   * The subnet's addresses that no container may get: its first and last, and all that end in .0 or .255, which
   * other networks' routers and firewalls are known to drop. Neither the gateway nor the overlay's broadcast
   * address is among them: Docker withholds these itself and refuses a network that reserves them again.
   */
  readonly reserved: readonly string[];
}

/** First address of a host's block. @throws InputError where the overlay has no block for that id. */
function blockOf(overlay: OverlayRange, id: number): number {
  const capacity = capacityOf(overlay);
  if (!Number.isInteger(id) || id < 1 || id > capacity) {
    throw new InputError(
      `host id: expected 1 to ${capacity} in ${overlay.network} with /${overlay.subnetPrefix} subnets, found ${id}`,
      "choose a larger overlay network or smaller subnets",
    );
  }
  return rangeOf(overlay.network).first + id * sizeOf(overlay.subnetPrefix);
}

/** The `id`-th block of the overlay: `10.88.3.0/24`. @throws InputError where there is none. */
export function subnetOf(overlay: OverlayRange, id: number): string {
  return `${toAddress(blockOf(overlay, id))}/${overlay.subnetPrefix}`;
}

/** All addresses of the host with this id. @throws InputError where the overlay has no subnet for it. */
export function addressingOf(overlay: OverlayRange, id: number): HostAddressing {
  const { last: broadcast, prefix } = rangeOf(overlay.network);
  const first = blockOf(overlay, id);
  const last = first + sizeOf(overlay.subnetPrefix) - 1;
  const reserved: string[] = [];
  for (let address = first; address <= last; address++) {
    const edge = address === first || address === last;
    const lastOctet = address % 256;
    if (address !== broadcast && (edge || lastOctet === 0 || lastOctet === 255))
      reserved.push(toAddress(address));
  }
  const gateway = toAddress(first + 1);
  return {
    subnet: `${toAddress(first)}/${overlay.subnetPrefix}`,
    gateway,
    interfaceAddress: `${gateway}/${prefix}`,
    broadcast: toAddress(broadcast),
    reserved,
  };
}

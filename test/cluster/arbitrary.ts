import { createHash } from "node:crypto";
import fc from "fast-check";
import { DEFAULT_NETWORK, defaultSubnetPrefix, type OverlayRange } from "../../src/cluster/addressing.ts";
import {
  type Host,
  type HostList,
  makeHostList,
  type TunnelType,
  tunnelTypes,
} from "../../src/cluster/host-list.ts";
import { defaultHostName } from "../../src/cluster/ids.ts";
import { networkAround, toAddress } from "../../src/cluster/ipv4.ts";

/** What a provider might return for an id; the underlay is outside every overlay that tests use. */
export function provided(id: number, family: 4 | 6 = 4): Omit<Host, "subnet"> {
  const low = `${(id >> 8).toString(16)}:${(id & 0xff).toString(16)}`;
  const underlay = family === 4 ? `192.168.${id >> 8}.${id & 0xff}` : `fd00:1::${low}`;
  const fingerprint = createHash("sha256").update(`key of ${id}`).digest("base64").slice(0, 43);
  return {
    id,
    name: defaultHostName(id),
    ssh: {
      user: "root",
      address: `host-${id}.example`,
      port: 22,
      hostKey: `ssh-ed25519 SHA256:${fingerprint}`,
    },
    underlay,
  };
}

export interface ListOptions {
  readonly cluster?: string;
  readonly range?: OverlayRange;
  readonly type?: TunnelType;
  readonly family?: 4 | 6;
  readonly mtu?: number;
}

/** A host list of hosts with these ids. */
export function listOf(ids: readonly number[], options: ListOptions = {}): HostList {
  const range = options.range ?? { network: DEFAULT_NETWORK, subnetPrefix: 24 };
  return makeHostList({
    cluster: options.cluster ?? "main",
    overlay: { name: "overbridge", ...range, ...(options.mtu === undefined ? {} : { mtu: options.mtu }) },
    tunnel: { type: options.type ?? "gre" },
    datapath: "auto",
    hosts: ids.map((id) => provided(id, options.family)),
  });
}

export const hostId = fc.integer({ min: 1, max: 65_535 });

export const clusterName = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);

export const tunnelType = fc.constantFrom(...tunnelTypes);

export const family = fc.constantFrom<4 | 6>(4, 6);

/** Overlays inside 10.0.0.0/8 that have room for `hosts` hosts or more. */
export function overlayRange(hosts: number): fc.Arbitrary<OverlayRange> {
  const bits = Math.ceil(Math.log2(hosts + 1));
  return fc
    .record({ prefix: fc.integer({ min: 8, max: 30 - bits }), offset: fc.nat(0xff_ffff) })
    .chain(({ prefix, offset }) =>
      fc.record({
        network: fc.constant(networkAround(toAddress(0x0a_00_00_00 + offset), prefix)),
        subnetPrefix: fc.integer({ min: Math.max(prefix + bits, 20), max: 30 }),
      }),
    );
}

/** Host lists of 1 to 12 hosts in any order of ids. */
export const hostList: fc.Arbitrary<HostList> = fc
  .record({
    ids: fc.uniqueArray(fc.integer({ min: 1, max: 250 }), { minLength: 1, maxLength: 12 }),
    cluster: clusterName,
    type: tunnelType,
    family,
    mtu: fc.option(fc.integer({ min: 576, max: 65_535 }), { nil: undefined }),
    network: fc.constantFrom("10.88.0.0/16", "10.0.0.0/8", "172.20.0.0/16"),
  })
  .map(({ ids, network, mtu, ...rest }) =>
    listOf(ids, {
      ...rest,
      ...(mtu === undefined ? {} : { mtu }),
      range: { network, subnetPrefix: defaultSubnetPrefix(network) },
    }),
  );

import type { TunnelType } from "../../cluster/tunnel.ts";
import type { Connection } from "../../ssh/connection.ts";
import { waitForReady } from "../../ssh/ready.ts";
import type { DesiredCluster } from "../provider.ts";
import type { Access, Dial } from "./adopt.ts";
import type { DropletSpec } from "./api.ts";
import { type DigitaloceanInputs, ttlSeconds } from "./inputs.ts";
import { tagsFor } from "./tags.ts";
import { userData } from "./user-data.ts";
import type { Work } from "./work.ts";

/** What a cluster on DigitalOcean is made with. */
export interface Making {
  readonly inputs: DigitaloceanInputs;
  /** The tunnel type asked for. */
  readonly tunnel: TunnelType | "auto";
  readonly access: Access;
  readonly dial: Dial;
  readonly settle: Settle;
}

/** Waits on a host until its first boot is over and packages can be installed. */
export type Settle = (connection: Connection, work: Work) => Promise<void>;

export const settleOverSsh: Settle = (connection, { context, waits }) =>
  waitForReady(connection, {
    timeoutMs: waits.bootMs,
    locksMs: waits.locksMs,
    signal: context.signal,
    onProgress: (text) => context.reporter.report({ kind: "doing", host: connection.target.name, text }),
  });

/** What all new droplets of a cluster have in common; only their names differ. */
export function dropletSpec(desired: DesiredCluster, { inputs, access }: Making, work: Work): DropletSpec {
  const ttl = ttlSeconds(inputs.ttl);
  const expires = ttl === undefined ? undefined : Math.floor(work.clock.now() / 1_000) + ttl;
  const numeric = (text: string) => (/^\d+$/.test(text) ? Number(text) : text);
  return {
    region: inputs.region,
    size: inputs.size,
    image: numeric(inputs.image),
    tags: [...tagsFor(desired.cluster, work.owner, expires, work.context.env), ...inputs.tags],
    user_data: userData(desired.authorizedKey, access.bootstrapHostKey),
    ssh_keys: inputs.sshKeys.map(numeric),
    ipv6: inputs.ipv6,
    monitoring: inputs.monitoring,
    with_droplet_agent: false,
    ...(inputs.vpc === undefined ? {} : { vpc_uuid: inputs.vpc }),
  };
}

import type { z } from "zod";
import type { HostList } from "../cluster/host-list.ts";
import { type ConfigureResult, configure } from "./configure.ts";
import { connector } from "./connect.ts";
import type { Context } from "./context.ts";
import type { upInputs } from "./inputs.ts";
import { packageSetsFor } from "./package-sets.ts";
import { provision } from "./provision.ts";
import type { Store } from "./store.ts";
import { readUserProperties } from "./user-properties.ts";
import { type VerifyResult, verify } from "./verify.ts";

export interface UpResult {
  readonly ok: boolean;
  readonly list: HostList;
  readonly configured: ConfigureResult;
  /** Absent where a host could not be configured. */
  readonly verified?: VerifyResult;
}

/** A whole cluster: provision, configure every host, verify every pair. */
export async function up(
  inputs: z.output<typeof upInputs>,
  context: Context,
  store: Store,
): Promise<UpResult> {
  const { reporter } = context;
  const userProperties = await readUserProperties(inputs.properties);
  const list = await provision(inputs, context, store);
  const connectHost = await connector(inputs, context, store, { waitSeconds: inputs.timeout });
  const packageSets = await packageSetsFor(inputs, list, context, store, connectHost);
  reporter.report({ kind: "phase", title: `Configuring ${list.hosts.length} hosts` });
  const configured = await configure(
    { list, hosts: list.hosts, mode: "run", userProperties, ...(packageSets ? { packageSets } : {}) },
    context,
    connectHost,
  );
  if (!configured.ok) return { ok: false, list, configured };
  reporter.report({ kind: "phase", title: "Verifying every pair of hosts" });
  const verified = await verify({ list, throughputSeconds: inputs.throughput }, context, connectHost);
  return { ok: verified.ok, list, configured, verified };
}

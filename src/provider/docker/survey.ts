import { z } from "zod";
import { type Engine, linesOf } from "../../docker/engine.ts";
import {
  CLUSTER_LABEL,
  HOST_ID_LABEL,
  HOST_NAME_LABEL,
  KEYS_LABEL,
  labelFilters,
  networkName,
  ROLE_LABEL,
} from "./names.ts";

/** A container that is a host of a cluster by its labels, in whatever state it is. */
export interface FoundHost {
  readonly container: string;
  /** The container's name. */
  readonly containerName: string;
  readonly id: number;
  readonly name: string;
  readonly keys: string;
  /** `running`, `exited`, `created` … as Docker says it. */
  readonly status: string;
  /** The address that was chosen for it on the cluster's network. */
  readonly ipv4: string | undefined;
}

const inspected = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    State: z.object({ Status: z.string() }),
    Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
    NetworkSettings: z.object({
      Networks: z.record(
        z.string(),
        z.object({ IPAMConfig: z.object({ IPv4Address: z.string().optional() }).nullish() }),
      ),
    }),
  }),
);

/** The hosts of a cluster that exist now, by id. One that goes while it is looked at is left out. */
export async function survey(engine: Engine, cluster: string): Promise<FoundHost[]> {
  const filters = labelFilters({ [CLUSTER_LABEL]: cluster, [ROLE_LABEL]: "host" });
  const ids = linesOf(await engine.run(["ps", "--all", "--quiet", "--no-trunc", ...filters]));
  if (ids.length === 0) return [];
  const { stdout } = await engine.attempt(["container", "inspect", ...ids]);
  const hosts = inspected.parse(JSON.parse(stdout)).map((container): FoundHost => {
    const labels = container.Config.Labels ?? {};
    return {
      container: container.Id,
      containerName: container.Name.replace(/^\//, ""),
      id: Number(labels[HOST_ID_LABEL]),
      name: labels[HOST_NAME_LABEL] ?? "",
      keys: labels[KEYS_LABEL] ?? "",
      status: container.State.Status,
      ipv4: container.NetworkSettings.Networks[networkName(cluster)]?.IPAMConfig?.IPv4Address,
    };
  });
  return hosts.filter(({ id }) => Number.isInteger(id) && id > 0).sort((a, b) => a.id - b.id);
}

/** The names of all containers that are not of this cluster. */
export async function strangers(engine: Engine, cluster: string): Promise<ReadonlySet<string>> {
  const format = `{{.Names}}\t{{.Label "${CLUSTER_LABEL}"}}`;
  const lines = linesOf(await engine.run(["ps", "--all", "--format", format]));
  const containers = lines.map((line) => line.split("\t"));
  return new Set(
    containers.filter(([, label]) => label !== cluster).flatMap(([names = ""]) => names.split(",")),
  );
}

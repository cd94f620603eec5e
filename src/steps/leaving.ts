import type { Host, HostList } from "../cluster/host-list.ts";
import { InputError } from "../errors.ts";
import { formatHostSpec } from "../ssh/host-spec.ts";
import { clearHosts } from "./clear-hosts.ts";
import type { Context } from "./context.ts";
import type { ProvisionInputs } from "./inputs.ts";
import type { Store } from "./store.ts";

/** Hosts of provider static that the cluster has had and that are named no more: they live on, without it. */
export function leaving(existing: HostList | undefined, staying: readonly { readonly id: number }[]): Host[] {
  const ids = new Set(staying.map(({ id }) => id));
  return existing?.hosts.filter(({ id }) => !ids.has(id)) ?? [];
}

/** Asks before hosts are taken out of the cluster. @throws InputError where nobody says yes. */
export async function agreeToLeave(
  hosts: readonly Host[],
  inputs: ProvisionInputs,
  context: Context,
): Promise<void> {
  if (hosts.length === 0 || inputs.yes) return;
  const names = hosts.map(({ name, ssh }) => `${name} (${formatHostSpec(ssh)})`).join(", ");
  if (await context.confirm?.(`Take ${names} out of the cluster?`)) return;
  throw new InputError(
    `host: ${names} is in the cluster, and not named`,
    "name it too, or say --yes to take it out of the cluster",
  );
}

/** Takes the cluster off hosts that leave it. One that cannot be reached, for it may be gone for ever, stays as it is. */
export async function letGo(
  list: HostList,
  hosts: readonly Host[],
  inputs: ProvisionInputs,
  context: Context,
  store: Store,
): Promise<void> {
  if (hosts.length === 0) return;
  const { left } = await clearHosts(list, hosts, inputs, context, store);
  for (const text of left) {
    context.reporter.report({
      kind: "warning",
      text: `${text}; it is out of the cluster, and has overbridge's bridges still`,
      hint: "where it lives on: name it once more, and leave it out when it can be reached",
    });
  }
}

import { InputError } from "../errors.ts";
import type { DesiredCluster } from "./provider.ts";

/**
 * Refuses to remove a host that nobody agreed to lose: one that came after the cluster was looked at and a
 * person was asked. To be called while nothing has been changed.
 *
 * @param found the hosts that are there; `what` names each for a person.
 * @throws InputError naming those that would go.
 */
export function checkConsent(
  { hosts, mayRemove = [] }: DesiredCluster,
  found: readonly { readonly id: number; readonly what: string }[],
): void {
  const safe = new Set([...hosts.map(({ id }) => id), ...mayRemove]);
  const lost = found.filter(({ id }) => !safe.has(id));
  if (lost.length === 0) return;
  throw new InputError(
    `hosts: ${hosts.length} would remove ${lost.map(({ what }) => what).join(", ")}, which nobody agreed to`,
    "run it again: it then asks about the hosts that are there now, or takes --yes for them",
  );
}

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

/**
 * Refuses to replace hosts that somebody else may be using: those that run with keys other than this cluster
 * secret's. To be called while nothing has been changed.
 *
 * @param others what each of them is called.
 * @throws InputError naming them.
 */
export function checkReplacement(
  { cluster, mayReplace = false }: DesiredCluster,
  others: readonly string[],
): void {
  if (mayReplace || others.length === 0) return;
  const are = others.length === 1 ? "is" : "are";
  throw new InputError(
    `cluster ${cluster}: ${others.join(", ")} ${are} running with other keys (another job's or folder's cluster of that name)`,
    "choose another --cluster, or take it down first with overbridge teardown, or say --yes to replace it",
  );
}

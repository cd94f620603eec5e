import type { Identity, Target } from "./connection.ts";
import { type Limits, withDeadline } from "./deadline.ts";
import type { HostKeyType } from "./host-key.ts";
import { shownKey } from "./link.ts";

const DEFAULT_TIMEOUT_MS = 20_000;

/**
 * The key a host shows whoever asks, `TYPE SHA256:…`: nothing says that it is the right host's. The
 * connection ends before anything about us is sent.
 *
 * @param identity proves us to the jump host, if the target has one (which is pinned).
 * @param types which types of key to ask for, the most wanted first; by default any.
 * @returns undefined where the host has no key of these types.
 * @throws ConnectFailure where the host could not be asked.
 */
export function scanHostKey(
  target: Omit<Target, "hostKey">,
  identity: Identity,
  limits: Limits = {},
  types?: readonly HostKeyType[],
): Promise<string | undefined> {
  const unpinned: Target = { ...target, hostKey: "" };
  return withDeadline(unpinned, limits, DEFAULT_TIMEOUT_MS, (deadline) =>
    shownKey(unpinned, identity, deadline, types),
  );
}

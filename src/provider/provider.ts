import type { Cost } from "../cluster/cost.ts";
import type { KeyPair } from "../cluster/keys.ts";
import type { TunnelType } from "../cluster/tunnel.ts";
import type { Context } from "../steps/context.ts";

export type { KeyPair };

/** What one host should be: decided before anything is created. */
export interface DesiredHost {
  readonly id: number;
  readonly name: string;
  /** The SSH host key it will show, derived from the cluster secret: private in OpenSSH format, public as one line. */
  readonly hostKey: KeyPair;
}

export interface DesiredCluster {
  readonly cluster: string;
  readonly hosts: readonly DesiredHost[];
  /** Public key that may log in as the hosts' root. */
  readonly authorizedKey: string;
  /** Ids of hosts that may be removed: those, and no others, that somebody agreed to lose (default: none). */
  readonly mayRemove?: readonly number[];
  /** Whether hosts that run with other keys, so maybe somebody else's, may be replaced (default: no). */
  readonly mayReplace?: boolean;
}

/** A host that is there and can be named in a host list. */
export interface ProvidedHost {
  readonly id: number;
  readonly name: string;
  readonly ssh: { user: string; address: string; port: number; hostKey: string };
  readonly underlay: string;
}

/** What a teardown found and removed, in words: `container overbridge-main-host1`. */
export interface Removal {
  readonly removed: readonly string[];
  /** What it left, and why. */
  readonly left: readonly string[];
}

/**
 * Where hosts come from. A provider reconciles: it observes what is there by its own tags, creates what is
 * missing and removes what is too much, and returns what it sees. "Already there" on create and "not found"
 * on delete are success; what lacks its tags it never touches.
 */
export interface Provider {
  /** The ids of the cluster's hosts that exist now, ascending, whatever state they are in. */
  observe(cluster: string, context: Context): Promise<readonly { id: number; name: string }[]>;
  /**
   * Makes the hosts exactly those desired and returns them with their addresses, by id. Idempotent.
   *
   * @throws InputError with nothing changed, among others where it would remove or replace a host that it may not.
   */
  ensure(desired: DesiredCluster, context: Context): Promise<readonly ProvidedHost[]>;
  /**
   * The tunnel type that can pass between the cluster's hosts, where the provider knows more of that than the
   * default. @throws InputError where the type that was asked for cannot.
   */
  tunnelType?(cluster: string, context: Context): Promise<TunnelType>;
  /** What the cluster's hosts cost, where they cost something by the hour. */
  cost?(cluster: string, context: Context): Promise<Cost>;
  /** Removes all that this provider made for the cluster and waits until it is gone. Idempotent. */
  destroy(cluster: string, context: Context): Promise<Removal>;
}

import type { Property } from "../property.ts";
import { printing, quote } from "../shell.ts";

/** A property that a user brings along: two sh scripts, in files of their own. */
export interface UserProperty {
  readonly name: string;
  /** Succeeds where it is so already. */
  readonly look: string;
  /** Makes it so. */
  readonly change: string;
}

/**
 * Compiles a user's property in. Its scripts run in shells of their own, so that a syntax error in one is
 * that property's failure and not the program's; `environment` tells them which host they are on.
 */
export function fromUser(property: UserProperty, environment: Readonly<Record<string, string>>): Property {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${quote(value)}`);
  const run = (script: string) => `
{ ${printing(script)}
} >"$work/script"
env ${variables.join(" ")} sh -eu "$work/script"`;
  return { name: property.name, look: run(property.look), change: run(property.change) };
}

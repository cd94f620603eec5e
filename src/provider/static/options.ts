import { ipAddress } from "../../cluster/schema.ts";
import { InputError } from "../../errors.ts";
import { endpoint } from "../../ssh/failure.ts";
import { type HostSpec, parseHostSpec } from "../../ssh/host-spec.ts";

/** What a user says about hosts that are there already. */
export interface StaticInputs {
  /** `user@address[:port]`, one for each host. */
  readonly host: readonly string[];
  /** `HOST=SHA256:…` or `HOST=TYPE SHA256:…`. HOST is an address, or address:port where it is not 22. */
  readonly hostKey?: readonly string[];
  /** `HOST=ADDRESS`: what the other hosts send tunnel packets to. */
  readonly underlay?: readonly string[];
}

/** One host to be in the cluster, as far as the user's words say. */
export interface StaticHost extends HostSpec {
  /** `SHA256:…`, with the key's type and a space before it where that was given. */
  readonly hostKey?: string;
  readonly underlay?: string;
}

/** Reads what the user said of each host. @throws InputError naming the input that is wrong. */
export function readStaticHosts({ host, hostKey = [], underlay = [] }: StaticInputs): readonly StaticHost[] {
  if (host.length === 0) {
    throw new InputError(
      "host: expected at least one user@address[:port], found none",
      "e.g. --host root@192.0.2.7",
    );
  }
  const specs = host.map(parseHostSpec);
  const known = new Map<string, HostSpec>();
  for (const spec of specs) {
    if (known.has(endpoint(spec))) throw new InputError(`host: ${endpoint(spec)} is named twice`);
    known.set(endpoint(spec), spec);
  }
  const keys = assignments("host-key", hostKey, known, readHostKey);
  const underlays = assignments("underlay", underlay, known, readUnderlay);
  return specs.map((spec) => {
    const key = keys.get(endpoint(spec));
    const address = underlays.get(endpoint(spec));
    return { ...spec, ...(key && { hostKey: key }), ...(address && { underlay: address }) };
  });
}

/** Inputs of the form HOST=VALUE, by the endpoint of the host they are about. */
function assignments(
  input: string,
  texts: readonly string[],
  hosts: ReadonlyMap<string, HostSpec>,
  read: (value: string) => string | undefined,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    const name = text.slice(0, Math.max(equals, 0));
    const value = read(text.slice(equals + 1));
    if (equals < 1 || value === undefined) {
      const form = input === "underlay" ? "HOST=ADDRESS" : "HOST=SHA256:…";
      throw new InputError(`${input}: expected ${form}, found '${text}'`);
    }
    const host = endpointOf(name, hosts);
    if (host === undefined) {
      throw new InputError(
        `${input}: '${name}' is no host that was named`,
        `HOST is one of ${[...hosts.keys()].join(", ")}; a port of 22 may be left out`,
      );
    }
    if (found.has(host)) throw new InputError(`${input}: ${host} is given two values`);
    found.set(host, value);
  }
  return found;
}

function endpointOf(name: string, hosts: ReadonlyMap<string, HostSpec>): string | undefined {
  try {
    // Whatever a host may be written as after the '@', it may be written as here.
    const host = endpoint(parseHostSpec(`root@${name}`));
    return hosts.has(host) ? host : undefined;
  } catch {
    return undefined;
  }
}

function readHostKey(value: string): string | undefined {
  return /^([a-z0-9@.-]{1,64} )?SHA256:[A-Za-z0-9+/]{43}$/.test(value) ? value : undefined;
}

function readUnderlay(value: string): string | undefined {
  return ipAddress.safeParse(value).data;
}

import { isIPv6 } from "node:net";
import { hostAddress } from "../cluster/schema.ts";
import { InputError } from "../errors.ts";
import { endpoint } from "./failure.ts";

/** Where to log in: what a user writes as `user@address[:port]`. */
export interface HostSpec {
  readonly user: string;
  /** An address or a DNS name in its one spelling, without brackets. */
  readonly address: string;
  readonly port: number;
}

const DEFAULT_PORT = 22;
const HINT = "e.g. root@192.0.2.7, deploy@host.example:2222, root@2001:db8::7 or root@[2001:db8::7]:2222";

/**
 * Reads `user@address[:port]`. An IPv6 address stands in brackets where a port follows, and may without.
 *
 * @throws InputError saying which part is wrong.
 */
export function parseHostSpec(text: string): HostSpec {
  const at = text.lastIndexOf("@");
  if (at < 0) throw bad(text, "expected user@address[:port], found no '@'");
  const user = text.slice(0, at);
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(user))
    throw bad(text, `expected a user's name before '@', found '${user}'`);
  const { address, port } = split(text, text.slice(at + 1));
  return { user, address: readAddress(text, address), port: readPort(text, port) };
}

/** As it is written: `root@[2001:db8::7]:2222`, without the port where it is 22. */
export function formatHostSpec(spec: HostSpec): string {
  return `${spec.user}@${spec.port === DEFAULT_PORT ? spec.address : endpoint(spec)}`;
}

/** Takes `address[:port]` apart. */
function split(text: string, rest: string): { address: string; port: string | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(rest);
  if (bracketed) {
    const [, address = "", port] = bracketed;
    if (!isIPv6(address)) throw bad(text, `expected an IPv6 address in the brackets, found '${address}'`);
    return { address, port };
  }
  const colons = rest.split(":").length - 1;
  // Several colons and no bracket: all of it is the address.
  if (colons !== 1) return { address: rest, port: undefined };
  const [address = "", port] = rest.split(":");
  return { address, port };
}

function readPort(text: string, port: string | undefined): number {
  if (port === undefined) return DEFAULT_PORT;
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65_535)
    throw bad(text, `expected a port from 1 to 65535 after ':', found '${port}'`);
  return number;
}

function readAddress(text: string, address: string): string {
  const read = hostAddress.safeParse(address);
  if (read.success) return read.data;
  throw bad(text, `expected an IP address or a DNS name after '@', found '${address}'`);
}

function bad(text: string, problem: string): InputError {
  return new InputError(`host '${text}': ${problem}`, HINT);
}

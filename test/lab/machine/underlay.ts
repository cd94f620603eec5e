import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { run, toolEnv } from "./tools.ts";

/** The network of one lab: a bridge in a network namespace of its own, and a way to it from this machine. */
export interface Underlay {
  /** Of the network namespace, and of this machine's interface that leads to it. */
  readonly name: string;
  /** This machine's address, which is the machines' default gateway. */
  readonly gateway: string;
  readonly ports: readonly Port[];
}

/** Where one machine is plugged in, and what it is called there. */
export interface Port {
  readonly tap: string;
  /** Locally administered. */
  readonly mac: string;
  readonly address: string;
  readonly address6: string;
}

/** Prefix lengths of the machines' addresses. */
export const PREFIX = 24;
export const PREFIX6 = 64;

/**
 * Makes a bridge with a tap for each of `count` machines. In a namespace, because the machine's own firewall
 * (Docker's, say, that drops what it does not know) would otherwise see and drop what passes the bridge.
 */
export async function createUnderlay(name: string, count: number): Promise<Underlay> {
  const network = await freeNetwork();
  const gateway = `${network}.1`;
  const inside = (...args: string[]) => run("ip", ["-n", name, ...args]);
  await run("ip", ["netns", "add", name]);
  await run("ip", ["link", "add", name, "type", "veth", "peer", "name", "uplink", "netns", name]);
  await run("ip", ["address", "add", `${gateway}/${PREFIX}`, "dev", name]);
  await run("ip", ["link", "set", name, "up"]);
  await inside("link", "add", "bridge", "type", "bridge");
  await inside("link", "set", "bridge", "up");
  await inside("link", "set", "uplink", "master", "bridge", "up");
  const ports = Array.from({ length: count }, (_, index) => portOf(network, index + 1));
  for (const { tap } of ports) {
    await inside("tuntap", "add", tap, "mode", "tap");
    await inside("link", "set", tap, "master", "bridge", "up");
  }
  return { name, gateway, ports };
}

/** Removes what `createUnderlay` made, or as much of it as there is. Synchronous: a process's last act. */
export function removeUnderlay(name: string): void {
  for (const args of [
    ["link", "delete", name],
    ["netns", "delete", name],
  ]) {
    try {
      execFileSync("ip", args, { env: toolEnv, stdio: "ignore" });
    } catch {
      // Not there.
    }
  }
}

function portOf(network: string, number: number): Port {
  const hex = number.toString(16).padStart(4, "0");
  return {
    tap: `tap${number}`,
    mac: `02:6f:62:6d:${hex.slice(0, 2)}:${hex.slice(2)}`,
    address: `${network}.${10 + number}`,
    address6: `fd6f:626d::${number.toString(16)}`,
  };
}

/** The first three numbers of a /24 from RFC 2544's range for test networks, which no real network uses. */
async function freeNetwork(): Promise<string> {
  for (;;) {
    const network = `198.${18 + randomInt(2)}.${randomInt(256)}`;
    const taken = await run("ip", ["-4", "-oneline", "address", "show", "to", `${network}.0/${PREFIX}`]);
    if (taken === "") return network;
  }
}

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type KeyPair, keyPairOf } from "../../../src/cluster/keys.ts";
import { chooseAccelerator } from "./accelerator.ts";
import { atExit } from "./at-exit.ts";
import { ensureMachineImage } from "./image.ts";
import { type Hardware, Machine } from "./machine.ts";
import { createUnderlay, removeUnderlay } from "./underlay.ts";

export interface MachineOptions {
  /** Public key, one line, that may log in as `root` and as `admin`. */
  readonly authorizedKey: string;
  /** The SSH host key of each machine, in order; random ones where not given. */
  readonly hostKeys?: readonly KeyPair[];
  readonly memoryMb?: number;
  /** How long a boot may take; two side by side, emulated on two idle cores, take about 30 s. */
  readonly bootTimeoutMs?: number;
}

/** Machines that run on one underlay. */
export interface Machines {
  /** `host1`, `host2`, …, each with an sshd that answers. */
  readonly machines: readonly Machine[];
  /** Name of the underlay's network namespace, and of this machine's interface in it. */
  readonly name: string;
  /** This machine's address on the underlay. */
  readonly gateway: string;
  /** Ends the machines and removes all that was made for them; also done when this process ends. Idempotent. */
  stop(): Promise<void>;
}

/** Directories of machines that run: qemu writes changed blocks there, so not in a /tmp that may be memory. */
const RUNNING = "/var/tmp";

let started = 0;

/**
 * Boots `count` machines side by side, each on a disk of its own, and resolves when sshd answers on all.
 *
 * @throws Failure where the lab lacks a tool, or a machine does not boot (with its console's last lines);
 *   everything is removed then.
 */
export async function startMachines(count: number, options: MachineOptions): Promise<Machines> {
  const { authorizedKey, hostKeys = [], memoryMb = 768, bootTimeoutMs = 300_000 } = options;
  const image = await ensureMachineImage();
  const accelerator = await chooseAccelerator(image);
  await removeLeftovers();

  started += 1;
  const name = `obm${process.pid}-${started}`;
  const directory = join(RUNNING, name);
  const machines: Machine[] = [];
  const remove = () => {
    for (const machine of machines) machine.kill();
    removeUnderlay(name);
    rmSync(directory, { recursive: true, force: true });
  };
  const forget = atExit(remove);
  const stop = async () => {
    await Promise.all(machines.map((machine) => machine.stop()));
    remove();
    forget();
  };

  try {
    await mkdir(directory, { mode: 0o700 });
    const underlay = await createUnderlay(name, count);
    const { gateway } = underlay;
    const hardware: Hardware = { image, underlay, accelerator, memoryMb, bootTimeoutMs, directory };
    for (const [index, port] of underlay.ports.entries()) {
      const hostKey = hostKeys[index] ?? keyPairOf(randomBytes(32));
      const identity = { name: `host${index + 1}`, port, gateway, hostKey, authorizedKey };
      machines.push(await Machine.start(identity, hardware));
    }
    await Promise.all(machines.map((machine) => machine.booted()));
    return { machines, name, gateway, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Removes what processes left behind that were killed before they could clean up. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(RUNNING)) {
    const owner = /^obm(\d+)-\d+$/.exec(name)?.[1];
    if (owner === undefined || runs(Number(owner))) continue;
    removeUnderlay(name);
    rmSync(join(RUNNING, name), { recursive: true, force: true });
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

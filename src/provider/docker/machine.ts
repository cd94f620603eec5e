import { type Engine, linesOf } from "../../docker/engine.ts";
import { Failure } from "../../errors.ts";
import { type Labels, labelOptions } from "./names.ts";

/** The kernel's capabilities by number, from linux/capability.h, as Docker names them. */
const capabilities = (
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE " +
  "NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT " +
  "SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE " +
  "AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ " +
  "PERFMON BPF CHECKPOINT_RESTORE"
).split(" ");

/**
 * Runs where the engine runs: prints what the engine itself may do at most, and switches checksum offload off
 * on a network's bridge. Nested engines are younger than the engine they run in.
 */
const PREPARE = `
grep CapBnd: "/proc/$(pgrep -xo dockerd || echo 1)/status"
ethtool -K "$1" tx off >/dev/null`;

/**
 * Prepares the machine for hosts on a bridge. A packet of this machine crosses its bridge with the checksum left
 * to the hardware, which on the way to another kernel never comes to be; a host whose interface is inside a
 * userspace bridge sees it broken, and TCP stalls. Switched off on the bridge, this holds for hosts that come
 * later and for those that restart.
 *
 * @param image holds the tools. @param labels find what is left if this is killed.
 * @returns the capabilities that no container can have here: Docker fails to start one that asks for them.
 */
export async function prepareMachine(
  engine: Engine,
  image: string,
  bridge: string,
  labels: Labels,
): Promise<string[]> {
  const place = ["--network", "host", "--pid", "host", "--cap-add", "NET_ADMIN"];
  const command = [image, "sh", "-ec", PREPARE, "sh", bridge];
  const output = await engine.run(["run", "--rm", ...place, ...labelOptions(labels), ...command], {
    evenIfAborted: true,
  });
  const [line = ""] = linesOf(output);
  const mask = /^CapBnd:\s*([0-9a-f]{16})$/.exec(line)?.[1];
  if (mask === undefined)
    throw new Failure(`the engine's capabilities: expected 'CapBnd: …', found '${line}'`);
  return withheld(BigInt(`0x${mask}`));
}

/** The capabilities missing from a bounding set, as far as any kernel that could have them knows them. */
export function withheld(boundingSet: bigint): string[] {
  const known = boundingSet.toString(2).length;
  return capabilities.slice(0, known).filter((_, number) => ((boundingSet >> BigInt(number)) & 1n) === 0n);
}

import { InputError } from "../../../src/errors.ts";
import type { MachineImage } from "./image.ts";
import { run } from "./tools.ts";

/**
 * qemu's arguments for each way to run a machine's processor. Emulated, the plain one costs 28 s of processor
 * time until sshd answers, `max` 37 s. Translated code is kept in 256 MB, not in qemu's usual 1 GB.
 */
const accelerators = {
  kvm: ["-accel", "kvm", "-cpu", "host"],
  tcg: ["-accel", "tcg,thread=multi,tb-size=256", "-cpu", "Nehalem"],
} as const;

/** How long the kernel may take to find that it has no root: about 1 s with a KVM that works. */
const TRIAL_MS = 10_000;

/**
 * qemu's arguments for the processor: KVM where it really runs the machines' kernel (a /dev/kvm that opens may
 * still crash or hang), emulation elsewhere. `OVERBRIDGE_LAB_ACCEL=kvm|tcg` decides instead.
 */
export async function chooseAccelerator(image: MachineImage): Promise<readonly string[]> {
  const wanted = process.env.OVERBRIDGE_LAB_ACCEL || undefined;
  if (wanted === "kvm" || wanted === "tcg") return accelerators[wanted];
  if (wanted !== undefined)
    throw new InputError(`OVERBRIDGE_LAB_ACCEL: expected kvm or tcg, found '${wanted}'`);
  return (await kvmWorks(image)) ? accelerators.kvm : accelerators.tcg;
}

/** Without a root the kernel panics, `panic=-1` makes it reboot at once, and `-no-reboot` makes qemu end. */
async function kvmWorks(image: MachineImage): Promise<boolean> {
  const machine = ["-nodefaults", "-no-user-config", "-display", "none", "-m", "256", "-no-reboot"];
  const kernel = ["-kernel", image.kernel, "-append", "panic=-1"];
  try {
    await run("qemu-system-x86_64", [...accelerators.kvm, ...machine, ...kernel], TRIAL_MS);
    return true;
  } catch {
    return false;
  }
}

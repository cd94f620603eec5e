import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../src/errors.ts";
import { Console } from "./console.ts";
import type { MachineImage } from "./image.ts";
import { seedName } from "./recipe.ts";
import { type Identity, writeSeed } from "./seed.ts";
import { boundToUs, toolEnv } from "./tools.ts";
import type { Underlay } from "./underlay.ts";
import { sshAnswers, waitFor } from "./wait.ts";

const SSH_PORT = 22;

/**
 * Without mitigations, which cost an emulated machine seconds of its boot, and without the kernel's look whether
 * its timer ticks: where this machine is busy an emulated one does not tick in time, and the kernel panics.
 */
const COMMAND_LINE =
  "root=/dev/vda rw mitigations=off no_timer_check console=ttyS0 loglevel=4 systemd.show_status=true";

/** What all machines of a lab share. */
export interface Hardware {
  readonly image: MachineImage;
  readonly underlay: Underlay;
  /** qemu's arguments for the processor. */
  readonly accelerator: readonly string[];
  readonly memoryMb: number;
  readonly bootTimeoutMs: number;
  /** Where seeds and consoles are kept. */
  readonly directory: string;
}

/** One emulated machine: a stock Debian server that root and `admin` (sudo without a password) can log in to. */
export class Machine {
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  readonly port = SSH_PORT;
  /** The one SSH host key it shows: `ssh-ed25519 SHA256:…`. */
  readonly hostKey: string;
  readonly #qemu: ChildProcess;
  readonly #console: Console;
  readonly #bootTimeoutMs: number;
  #complaints = "";

  private constructor(identity: Identity, qemu: ChildProcess, console: Console, bootTimeoutMs: number) {
    this.name = identity.name;
    this.address = identity.port.address;
    this.address6 = identity.port.address6;
    this.hostKey = identity.hostKey.fingerprint;
    this.#qemu = qemu;
    this.#console = console;
    this.#bootTimeoutMs = bootTimeoutMs;
    qemu.on("error", (error) => {
      this.#complaints += error.message;
    });
    qemu.stderr?.on("data", (text) => {
      this.#complaints += text;
    });
  }

  /** Switches the machine on; `booted` tells when it can be used. */
  static async start(identity: Identity, hardware: Hardware): Promise<Machine> {
    const seed = await writeSeed(hardware.directory, identity);
    const consolePath = join(hardware.directory, `${identity.name}.console`);
    writeFileSync(consolePath, "");
    const wrapper = ["netns", "exec", hardware.underlay.name, ...boundToUs];
    const qemu = spawn("ip", [...wrapper, ...qemuCommand(identity, hardware, seed, consolePath)], {
      env: { ...toolEnv, TMPDIR: hardware.directory },
      stdio: ["ignore", "ignore", "pipe"],
    });
    return new Machine(identity, qemu, new Console(consolePath), hardware.bootTimeoutMs);
  }

  /** Of the qemu process; undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#qemu.pid;
  }

  /** What `/proc/sys/kernel/random/boot_id` says since the last boot; undefined before the first. */
  get bootId(): string | undefined {
    return this.#console.bootIds().at(-1);
  }

  /**
   * Resolves when the machine runs with another boot id than `previous` and its sshd answers. After a
   * command that reboots it, `booted(id before the command)` waits for the new boot.
   *
   * @throws Failure with the console's last lines after `bootTimeoutMs`, or where qemu ended or the
   *   kernel panicked.
   */
  async booted(previous?: string): Promise<void> {
    const up = async () => {
      if (this.#ended) throw this.#failure("its qemu ended");
      if (this.#console.panicked()) throw this.#failure("its kernel panicked");
      const { bootId } = this;
      return bootId !== undefined && bootId !== previous && (await sshAnswers(this.address, SSH_PORT));
    };
    const seconds = this.#bootTimeoutMs / 1000;
    await waitFor(up, this.#bootTimeoutMs, () => this.#failure(`no sshd answers after ${seconds} s`));
  }

  /** Cuts the power: what the machine had not written is lost, and all of its disk. Idempotent. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    const closed = once(this.#qemu, "close");
    this.kill();
    await closed;
  }

  /** Like `stop`, without waiting for the process's end. */
  kill(): void {
    this.#qemu.kill("SIGKILL");
  }

  get #ended(): boolean {
    return this.pid === undefined || this.#qemu.exitCode !== null || this.#qemu.signalCode !== null;
  }

  #failure(what: string): Failure {
    return new Failure(
      `${this.name}: ${what}; ${this.#complaints.trim()}\nits console:\n${this.#console.tail()}`,
    );
  }
}

function qemuCommand(identity: Identity, hardware: Hardware, seed: string, consolePath: string): string[] {
  const { image, underlay, accelerator, memoryMb } = hardware;
  const { tap, mac } = identity.port;
  return [
    "qemu-system-x86_64",
    ...accelerator,
    ...["-name", `${underlay.name}-${identity.name}`, "-m", String(memoryMb), "-smp", "1"],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-serial", `file:${consolePath}`],
    ...["-kernel", image.kernel, "-initrd", image.initrd],
    ...["-append", COMMAND_LINE],
    // What is written goes to a file in TMPDIR that has no name: it lasts as long as this qemu, over any reboot.
    ...["-snapshot", "-drive", `file=${image.disk},format=raw,if=virtio`],
    ...["-netdev", `tap,id=underlay,ifname=${tap},script=no,downscript=no`],
    ...["-device", `virtio-net-pci,netdev=underlay,mac=${mac}`, "-device", "virtio-rng-pci"],
    ...["-fw_cfg", `name=${seedName},file=${seed}`],
  ];
}

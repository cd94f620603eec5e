import { existsSync } from "node:fs";
import { type Engine, reasonOf } from "../../docker/engine.ts";
import { type PackedFile, packTar } from "../../docker/tar.ts";
import { Failure } from "../../errors.ts";
import { type Labels, labelOptions } from "./names.ts";
import type { HostNetwork, UnderlayAddress } from "./network.ts";

export interface HostContainer {
  /** The container's name. */
  readonly name: string;
  readonly hostname: string;
  readonly image: string;
  readonly network: Pick<HostNetwork, "name">;
  readonly address: UnderlayAddress;
  readonly labels: Labels;
  /** Put in before the first start; the only way for a secret, which no argument or variable may hold. */
  readonly files: readonly PackedFile[];
  /** Capabilities that this machine withholds, from `prepareMachine`. */
  readonly withheld: readonly string[];
}

/**
 * Makes and starts a container that is a host: systemd as PID 1, allowed what systemd, a nested Docker
 * engine and Open vSwitch need. Not `--privileged`, which fails wherever the machine withholds a single
 * capability, and would show the host the machine's disks.
 *
 * @throws Failure where the name is taken, or the engine refuses.
 */
export async function startHost(engine: Engine, host: HostContainer): Promise<void> {
  // The engine goes on creating when its client is killed: what is waited for, a teardown will find.
  const create = ["create", ...createOptions(host), host.image];
  const { code, stderr } = await engine.attempt(create, { evenIfAborted: true });
  if (code !== 0) {
    if (/name .* is already in use/i.test(stderr)) throw nameTaken(host.name);
    throw new Failure(`container ${host.name} cannot be made: ${reasonOf(stderr)}`);
  }
  await engine.run(["cp", "-", `${host.name}:/`], { stdin: packTar(host.files) });
  await engine.run(["start", host.name]);
}

/** A container has the name of one of our hosts and is not ours. */
export function nameTaken(name: string): Failure {
  return new Failure(
    `container ${name}: its name is taken by a container that is not this cluster's`,
    "it is left as it is: rename or remove it, or choose another cluster or host name",
  );
}

function createOptions({ name, hostname, network, address, labels, withheld }: HostContainer): string[] {
  return [
    ...["--name", name, "--hostname", hostname, ...labelOptions(labels)],
    ...["--network", network.name, "--ip", address.ipv4],
    ...(address.ipv6 === undefined ? [] : ["--ip6", address.ipv6]),
    ...["--cap-add=ALL", ...withheld.map((capability) => `--cap-drop=${capability}`)],
    ...["seccomp", "apparmor", "systempaths"].flatMap((limit) => ["--security-opt", `${limit}=unconfined`]),
    ...["--device", "/dev/net/tun", "--device-cgroup-rule", "a *:* rwm"],
    ...["--cgroupns", "private", "--tmpfs", "/run:mode=755", "--tmpfs", "/tmp:exec,mode=1777"],
    // The kernel is the machine's, and so are the modules it can load, Open vSwitch's among them.
    ...(existsSync("/lib/modules") ? ["--volume", "/lib/modules:/lib/modules:ro"] : []),
  ];
}

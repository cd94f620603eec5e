import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { type Engine, openEngine } from "../../../src/docker/engine.ts";
import { ensureHostImage } from "../../../src/provider/docker/host-image.ts";
import type { Context } from "../../../src/steps/context.ts";
import type { Backing, Droplet } from "./account.ts";

/** What an image maker tells cloud-init: where the seed is, that Docker sets up the network, and that there is no locale to make. */
const CLOUD_CONFIG = stringify({
  datasource_list: ["NoCloud"],
  network: { config: "disabled" },
  locale: false,
});

export interface Machines extends Backing, AsyncDisposable {
  reboot(droplet: Droplet): Promise<void>;
  /** Whether there is a container behind a droplet, running or not. */
  exists(droplet: Droplet): Promise<boolean>;
}

/**
 * Machines for droplets: each a container with systemd, sshd without a host key, and the distribution's own
 * cloud-init, which finds the droplet's user-data as a NoCloud seed. All of them on one Docker network.
 *
 * @param prefix of the names of the network and the containers.
 */
export async function startMachines(prefix: string, context: Context): Promise<Machines> {
  const engine = openEngine(context);
  const image = await ensureHostImage({ packages: ["cloud-init"] }, context);
  await engine.run(["network", "create", prefix]);
  const containerOf = ({ id }: Droplet) => `${prefix}-${id}`;
  const containers = new Set<string>();

  return {
    async reboot(droplet) {
      await engine.run(["restart", containerOf(droplet)]);
    },
    async exists(droplet) {
      return (await engine.attempt(["container", "inspect", containerOf(droplet)])).code === 0;
    },
    async start(droplet) {
      const container = containerOf(droplet);
      containers.add(container);
      const options = ["--name", container, "--hostname", droplet.name, "--network", prefix, ...RIGHTS];
      await engine.run(["create", ...options, image]);
      await seed(engine, container, droplet);
      await engine.run(["start", container]);
      const address = await addressOf(engine, container);
      return { public: address, private: address };
    },
    async stop(droplet) {
      await engine.run(["rm", "--force", "--volumes", containerOf(droplet)], { evenIfAborted: true });
      containers.delete(containerOf(droplet));
    },
    async [Symbol.asyncDispose]() {
      const rest = [...containers];
      if (rest.length > 0)
        await engine.attempt(["rm", "--force", "--volumes", ...rest], { evenIfAborted: true });
      await engine.run(["network", "rm", prefix], { evenIfAborted: true });
    },
  };
}

/** What systemd, a Docker engine and Open vSwitch need in a container, short of all rights. */
const RIGHTS = [
  ...["--cap-add=ALL", "--cap-drop=SYS_RESOURCE", "--cgroupns=private"],
  ...["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"].flatMap((option) => [
    "--security-opt",
    option,
  ]),
  ...["--device-cgroup-rule", "a *:* rwm", "--device", "/dev/net/tun", "--tmpfs", "/run", "--tmpfs", "/tmp"],
];

/** Puts the droplet's user-data where cloud-init looks for it. */
async function seed(engine: Engine, container: string, droplet: Droplet): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), "overbridge-seed-"));
  try {
    const nocloud = path.join(directory, "var/lib/cloud/seed/nocloud");
    const config = path.join(directory, "etc/cloud/cloud.cfg.d");
    await mkdir(nocloud, { recursive: true });
    await mkdir(config, { recursive: true });
    await writeFile(path.join(nocloud, "user-data"), droplet.userData);
    const metaData = { "instance-id": String(droplet.id), "local-hostname": droplet.name };
    await writeFile(path.join(nocloud, "meta-data"), stringify(metaData));
    await writeFile(path.join(config, "99-lab.cfg"), CLOUD_CONFIG);
    await engine.run(["cp", `${directory}/.`, `${container}:/`]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function addressOf(engine: Engine, container: string): Promise<string> {
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  return (await engine.run(["inspect", "--format", format, container])).trim();
}

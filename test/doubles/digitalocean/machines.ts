import { stringify } from "yaml";
import { openEngine } from "../../../src/docker/engine.ts";
import { startHost } from "../../../src/provider/docker/container.ts";
import { ensureHostImage } from "../../../src/provider/docker/host-image.ts";
import { prepareMachine } from "../../../src/provider/docker/machine.ts";
import { CLUSTER_LABEL, ROLE_LABEL } from "../../../src/provider/docker/names.ts";
import { ensureNetwork, underlayAddress } from "../../../src/provider/docker/network.ts";
import { removeCluster, removeContainer } from "../../../src/provider/docker/remove.ts";
import type { Context } from "../../../src/steps/context.ts";
import type { Backing, Droplet } from "./account.ts";

export interface Machines extends Backing, AsyncDisposable {
  reboot(droplet: Droplet): Promise<void>;
  /** Whether there is a container behind a droplet, running or not. */
  exists(droplet: Droplet): Promise<boolean>;
}

/**
 * What an image maker tells cloud-init: where the seed is, that Docker sets up the network, and that there is
 * no locale to make.
 */
const CLOUD_CONFIG = { datasource_list: ["NoCloud"], network: { config: "disabled" }, locale: false };

/**
 * Machines for droplets: each a container with systemd, sshd without a host key, and the distribution's own
 * cloud-init, which finds the droplet's user-data as a NoCloud seed.
 *
 * @param name of the machines together; no cluster of provider docker may have it.
 */
export async function startMachines(name: string, context: Context): Promise<Machines> {
  const engine = openEngine(context);
  const image = await ensureHostImage({ packages: ["cloud-init"] }, context);
  const network = await ensureNetwork(engine, name, false);
  const labels = (role: string) => ({ [CLUSTER_LABEL]: name, [ROLE_LABEL]: role });
  const withheld = await prepareMachine(engine, image, network.bridge, labels("helper"));
  const containerOf = ({ id }: Droplet) => `overbridge-${name}-${id}`;
  let machines = 0;

  return {
    async start(droplet) {
      machines += 1;
      const address = underlayAddress(network, machines);
      await startHost(engine, {
        name: containerOf(droplet),
        hostname: droplet.name,
        image,
        network,
        address,
        labels: labels("droplet"),
        files: seedOf(droplet),
        withheld,
      });
      return { public: address.ipv4, private: address.ipv4 };
    },
    stop: (droplet) => removeContainer(engine, containerOf(droplet), context.signal),
    async reboot(droplet) {
      await engine.run(["restart", containerOf(droplet)]);
    },
    async exists(droplet) {
      return (await engine.attempt(["container", "inspect", containerOf(droplet)])).code === 0;
    },
    async [Symbol.asyncDispose]() {
      await removeCluster(engine, name, context);
    },
  };
}

/** The droplet's user-data, where cloud-init looks for it. */
function seedOf(droplet: Droplet) {
  const metaData = { "instance-id": String(droplet.id), "local-hostname": droplet.name };
  const file = (path: string, content: string) => ({ path, content, mode: 0o600 });
  return [
    file("/var/lib/cloud/seed/nocloud/user-data", droplet.userData),
    file("/var/lib/cloud/seed/nocloud/meta-data", stringify(metaData)),
    file("/etc/cloud/cloud.cfg.d/99-lab.cfg", stringify(CLOUD_CONFIG)),
  ];
}

import { openEngine } from "../../docker/engine.ts";
import type { Provider } from "../provider.ts";
import { ensureHosts } from "./ensure.ts";
import type { HostImageOptions } from "./host-image.ts";
import { removeCluster, removeImages } from "./remove.ts";
import { survey } from "./survey.ts";

export interface DockerProviderOptions extends HostImageOptions {
  /** Gives the hosts an IPv6 underlay, unique local addresses, instead of IPv4. */
  readonly ipv6?: boolean;
  /** Makes `destroy` also remove the images that clusters share, where no container uses them. */
  readonly purge?: boolean;
}

/**
 * Hosts that are containers of this machine's Docker engine, each with systemd, sshd and a Docker engine of its
 * own, on a Docker network per cluster. What belongs to a cluster is known by the label `overbridge.cluster`.
 *
 * Besides what each method says, all throw InputError or Failure as `openEngine` describes.
 */
export function dockerProvider(options: DockerProviderOptions = {}): Provider {
  return {
    async observe(cluster, context) {
      const found = await survey(openEngine(context), cluster);
      return found.map(({ id, name }) => ({ id, name }));
    },

    ensure: (desired, context) => ensureHosts(options, desired, context),

    async destroy(cluster, context) {
      const engine = openEngine(context);
      const removed = await removeCluster(engine, cluster, context);
      const images = await removeImages(engine, options.purge ?? false);
      return { removed: [...removed, ...images.removed], left: images.left };
    },
  };
}

import { LINUX_BRIDGE, PROBE_IMAGE, PROBE_LABEL } from "../names.ts";
import type { Property } from "../property.ts";
import { quote } from "../shell.ts";

export interface DockerNetwork {
  readonly name: string;
  readonly cluster: string;
  /** The overlay, the part of it this host gives out, and the host's own address in it, without a prefix. */
  readonly network: string;
  readonly subnet: string;
  readonly gateway: string;
  /** Addresses Docker must give to no container. */
  readonly reserved: readonly string[];
}

const template = [
  "{{.Driver}} {{range .IPAM.Config}}{{.Subnet}} {{.IPRange}} {{.Gateway}}",
  "{{range $name, $address := .AuxiliaryAddresses}} {{$address}}{{end}}{{end}}",
  ` {{index .Options "com.docker.network.bridge.name"}}`,
  ` {{index .Options "com.docker.network.driver.mtu"}}`,
  ` {{index .Labels "overbridge.cluster"}}`,
].join("");

/**
 * Docker has a network on the Linux bridge that spans the overlay and gives out this host's subnet of it.
 * A network cannot be altered, so one that differs is replaced, which Docker refuses while containers are on
 * it. A network of that name that is not overbridge's is never touched.
 */
export function dockerNetworkPresent(network: DockerNetwork): Property {
  const name = quote(network.name);
  const cluster = quote(network.cluster);
  const label = `docker network inspect ${name} --format '{{index .Labels "overbridge.cluster"}}'`;
  // Docker lists them by name, so names of equal length keep the order.
  const reserved = network.reserved.map(
    (address, index) => `--aux-address reserved${String(index).padStart(3, "0")}=${address}`,
  );
  const wanted = [network.network, network.subnet, network.gateway, ...network.reserved].join(" ");
  return {
    name: "Docker network present",
    look: `[ "$(docker network inspect ${name} --format ${quote(template)})" = \\
  "bridge ${wanted} ${LINUX_BRIDGE} $(overlay_mtu) ${network.cluster}" ]`,
    change: `
if docker network inspect ${name} >/dev/null 2>&1; then
  [ "$(${label})" = ${cluster} ] ||
    fail ${quote(`the host has a Docker network ${network.name} that is not overbridge's: choose another name`)}
  users=$(docker network inspect ${name} --format '{{range .Containers}}{{.Name}} {{end}}')
  [ -z "$users" ] || fail "the network has to be made anew, and containers are on it: stop $users"
  docker network rm ${name}
fi
docker network create --driver bridge \\
  --subnet ${network.network} --ip-range ${network.subnet} --gateway ${network.gateway} \\
  ${reserved.join(" ")} \\
  --opt com.docker.network.bridge.name=${LINUX_BRIDGE} \\
  --opt com.docker.network.driver.mtu="$(overlay_mtu)" \\
  --label overbridge.cluster=${cluster} ${name}`,
    undo: {
      look: `! command -v dockerd ||
  { docker version >/dev/null 2>&1 && [ "$(${label} 2>/dev/null)" != ${cluster} ] && ! docker image inspect ${PROBE_IMAGE} >/dev/null 2>&1; }`,
      // A network outlives its engine's stop, and would come back with it.
      change: `
docker version >/dev/null 2>&1 || systemctl start docker || :
docker version >/dev/null 2>&1 || fail 'Docker does not answer, so its network cannot be removed: start it, or remove it'
for probe in $(docker ps --all --quiet --filter label=${PROBE_LABEL}); do docker rm --force "$probe"; done
if [ "$(${label} 2>/dev/null)" = ${cluster} ]; then
  # Containers are the user's: they go on without the network.
  for container in $(docker network inspect ${name} --format '{{range $id, $_ := .Containers}}{{$id}} {{end}}'); do
    docker network disconnect --force ${name} "$container"
  done
  docker network rm ${name}
fi
if docker image inspect ${PROBE_IMAGE} >/dev/null 2>&1; then docker image rm --force ${PROBE_IMAGE}; fi`,
    },
  };
}

import { PROBE_IMAGE, PROBE_LABEL } from "../../host/names.ts";
import { quote } from "../../host/shell.ts";
import { probeProgram } from "./program.ts";

/**
 * A shell program that runs the probe in a container on a Docker network. The container has nothing but the
 * host's own `/usr`, to read: no registry and no package is needed. The image is made where it is missing, in
 * a tenth of a second, and copies the host's links from `/bin` and `/lib*` into `/usr`.
 *
 * @param token tells this run's container from others, of hex digits.
 */
export function inContainer(network: string, token: string): string {
  return `
set -eu
exec 2>&1
image=${PROBE_IMAGE}
docker network inspect ${quote(network)} >/dev/null 2>&1 || {
  docker version >/dev/null 2>&1 && echo ${quote(`failed there is no Docker network ${network}`)} || echo 'failed Docker does not answer'
  exit 0
}
docker image inspect "$image" >/dev/null 2>&1 || {
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  mkdir "$root/usr" "$root/proc" "$root/sys" "$root/dev" "$root/etc" "$root/tmp"
  for link in /bin /sbin /lib*; do [ ! -L "$link" ] || cp -P "$link" "$root"; done
  tar -C "$root" -c . | docker import --change 'LABEL ${PROBE_LABEL}' - "$image" >/dev/null
}
docker run --interactive --rm --name overbridge-probe-${token} --label ${PROBE_LABEL} \\
  --network ${quote(network)} --read-only --volume /usr:/usr:ro --log-driver none \\
  --cap-drop ALL --cap-add NET_RAW --security-opt no-new-privileges \\
  "$image" perl -e ${quote(probeProgram)} eth0`;
}

/** A shell program that runs the probe on the host itself, on the underlay. */
export const onHost = `exec perl -e ${quote(probeProgram)}`;

import { createHash } from "node:crypto";
import { type BaseTarget, ensureBaseImage } from "../../docker/base-image.ts";
import { type Engine, openEngine } from "../../docker/engine.ts";
import type { Context } from "../../steps/context.ts";
import { ROLE_LABEL } from "./names.ts";

export interface HostImageOptions {
  /** The hosts' distribution; `debian:bookworm` where nothing is said. */
  readonly base?: BaseTarget;
  /** False for hosts that get Open vSwitch packages of their own later. */
  readonly openvswitch?: boolean;
  /** More packages of the distribution, e.g. `cloud-init`. */
  readonly packages?: readonly string[];
}

const packages = [
  ...["systemd", "systemd-sysv", "dbus", "kmod", "openssh-server", "docker.io", "ca-certificates", "curl"],
  ...["iproute2", "iptables", "ethtool", "iputils-ping", "netcat-openbsd", "procps"],
];

/**
 * Units that have no hardware to work on in a container, would fight Docker over eth0, or would take apt's
 * lock at any moment.
 */
const maskedUnits = [
  ...["systemd-networkd.service", "systemd-networkd.socket", "systemd-networkd-wait-online.service"],
  ...["systemd-udevd.service", "systemd-udev-trigger.service", "systemd-logind.service", "getty.target"],
  ...["console-getty.service", "systemd-modules-load.service", "apt-daily.timer", "apt-daily-upgrade.timer"],
];

/**
 * What runs before systemd, as PID 1. Docker mounts control groups read-only into a container, systemd and a
 * nested Docker engine need to write theirs; and a packet with its checksum left to the hardware is broken
 * for a neighbour whose interface is inside a userspace bridge. The word after init is for systemd 256 and
 * newer, which refuse control groups version 1 without it.
 */
const INIT = `#!/bin/sh
for mount in /sys/fs/cgroup /sys/fs/cgroup/*; do
  mountpoint -q "$mount" && mount -o remount,rw,bind "$mount"
done
ethtool -K eth0 tx off >/dev/null
exec /sbin/init SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
`;

const SSHD_CONFIG = `HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UseDNS no
`;

/** The Dockerfile of a host: systemd as PID 1, sshd without a host key, a Docker engine of its own. */
export function dockerfileOf(base: string, options: HostImageOptions): string {
  const { openvswitch = true, packages: more = [] } = options;
  const wanted = [...packages, ...(openvswitch ? ["openvswitch-switch"] : []), ...more];
  const install = [
    "export DEBIAN_FRONTEND=noninteractive",
    // Nothing may be started while an image is built; a host later starts what it installs.
    "printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d",
    "chmod 755 /usr/sbin/policy-rc.d",
    "apt-get update -q",
    // Newer releases have the client in a package of its own, which docker.io does not depend on.
    `apt-get install -qy --no-install-recommends ${wanted.join(" ")} $(apt-cache pkgnames docker-cli | grep -x docker-cli)`,
    "apt-get clean",
    "rm -rf /usr/sbin/policy-rc.d /var/lib/apt/lists/* /etc/ssh/ssh_host_*",
    // Empty, each host gets an id of its own; missing, systemd would also ask first-boot questions.
    ": >/etc/machine-id",
    "touch /etc/default/locale",
    `ln -sf /dev/null ${maskedUnits.map((unit) => `/etc/systemd/system/${unit}`).join(" && ln -sf /dev/null ")}`,
    file("/etc/ssh/sshd_config.d/10-overbridge.conf", SSHD_CONFIG, "644"),
    file("/usr/local/sbin/overbridge-init", INIT, "755"),
    "if [ -e /usr/lib/systemd/system/ssh.socket ]; then systemctl disable ssh.socket; fi",
    "systemctl enable ssh.service",
    "install -d -m 700 /root/.ssh",
  ];
  return [
    `FROM ${base}`,
    `RUN ${install.join(" \\\n && ")}`,
    `LABEL ${ROLE_LABEL}=host-image`,
    "ENV container=docker",
    "VOLUME /var/lib/docker",
    "STOPSIGNAL SIGRTMIN+3",
    'CMD ["/usr/local/sbin/overbridge-init"]',
    "",
  ].join("\n");
}

function file(path: string, content: string, mode: string): string {
  const encoded = Buffer.from(content).toString("base64");
  return `echo ${encoded} | base64 -d >${path} && chmod ${mode} ${path}`;
}

/**
 * Makes sure that the image of such hosts is there: `overbridge/host:<digest>`, the digest taken of its
 * Dockerfile and of its base image, so that a changed recipe is another image and an unchanged one is reused.
 *
 * @returns the image's reference.
 */
export async function ensureHostImage(options: HostImageOptions, context: Context): Promise<string> {
  const engine = openEngine(context);
  const base = await ensureBaseImage(options.base ?? "debian:bookworm", context);
  const baseId = (await engine.run(["image", "inspect", "--format", "{{.Id}}", base])).trim();
  const dockerfile = dockerfileOf(base, options);
  const digest = createHash("sha256").update(baseId).update(dockerfile).digest("hex");
  const tag = `overbridge/host:${digest.slice(0, 16)}`;
  const { code } = await engine.attempt(["image", "inspect", "--format", "{{.Id}}", tag]);
  if (code === 0) return tag;
  context.reporter.report({ kind: "note", text: `building ${tag} from ${base}, about a minute` });
  await build(engine, dockerfile, tag);
  return tag;
}

async function build(engine: Engine, dockerfile: string, tag: string): Promise<void> {
  await engine.run(["build", "--force-rm", "--tag", tag, "-"], { stdin: dockerfile });
}

import type { Property } from "../property.ts";

/** Open vSwitch is installed, whichever package it came from. */
export const openvswitchInstalled: Property = {
  name: "Open vSwitch installed",
  look: "command -v ovs-vsctl && command -v ovs-vswitchd && set_up openvswitch-switch",
  change: "install openvswitch-switch",
};

/**
 * Docker's engine and client are installed. One that is there (docker-ce, say) is left as it is. Of what docker.io
 * only recommends, two things are needed: its client, a package of its own from Debian 13 on, and where the kernel
 * has AppArmor that one's parser, without which no container starts.
 */
export const dockerInstalled: Property = {
  name: "Docker installed",
  look: "command -v docker && command -v dockerd && set_up docker.io",
  change: `
install docker.io iptables
command -v docker || install docker-cli
[ ! -e /sys/kernel/security/apparmor ] || command -v apparmor_parser || install apparmor`,
};

/** ethtool is there, where the underlay's offloads must be turned off: see the underlay script. */
export const ethtoolInstalled: Property = {
  name: "ethtool installed",
  look: `[ "$(datapath)" = system ] || command -v ethtool`,
  change: "install ethtool",
};

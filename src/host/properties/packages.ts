import type { Property } from "../property.ts";

/** Open vSwitch is installed, whichever package it came from. */
export const openvswitchInstalled: Property = {
  name: "Open vSwitch installed",
  look: "command -v ovs-vsctl && command -v ovs-vswitchd",
  change: "install openvswitch-switch",
};

/** Docker's engine and client are installed. One that is there (docker-ce, say) is left as it is. */
export const dockerInstalled: Property = {
  name: "Docker installed",
  look: "command -v docker && command -v dockerd",
  change: "install docker.io iptables",
};

/** ethtool is there, where the underlay's offloads must be turned off: see the underlay script. */
export const ethtoolInstalled: Property = {
  name: "ethtool installed",
  look: `[ "$(datapath)" = system ] || command -v ethtool`,
  change: "install ethtool",
};

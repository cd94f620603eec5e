import type { Property } from "../property.ts";

/** Open vSwitch runs, answers, and comes back after a reboot. */
export const openvswitchRunning: Property = {
  name: "Open vSwitch running",
  look: "unit_runs openvswitch-switch && systemctl is-active --quiet ovs-vswitchd && ovs-vsctl --timeout=10 show",
  change: `
[ -d /run/systemd/system ] || fail 'the host does not run systemd, which overbridge needs'
systemctl enable openvswitch-switch
systemctl start openvswitch-switch ovs-vswitchd
ovs-vsctl --timeout=30 show`,
};

/** Docker runs, answers, and comes back after a reboot. */
export const dockerRunning: Property = {
  name: "Docker running",
  look: "unit_runs docker && docker version",
  change: `
systemctl enable docker
systemctl start docker
docker version`,
};

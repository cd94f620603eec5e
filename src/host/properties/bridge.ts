import { BRIDGE } from "../names.ts";
import type { Property } from "../property.ts";

const read = `
bridge_now() {
  ovs-vsctl --timeout=10 get Bridge ${BRIDGE} datapath_type fail_mode stp_enable rstp_enable other_config:hwaddr |
    tr -d '"' | paste -sd ' ' -
  ovs-vsctl --timeout=10 get Interface ${BRIDGE} mtu_request
}
bridge_wanted() { echo "$(datapath) standalone false false $1"; overlay_mtu; }`;

/**
 * The Open vSwitch bridge with a fixed hardware address and the overlay's MTU, switching by learned addresses
 * (fail mode `standalone`). No spanning tree: the tunnels' split horizon is what keeps the mesh free of loops.
 */
export function bridgePresent(mac: string): Property {
  return {
    name: "bridge present",
    look: `${read}
[ "$(bridge_now)" = "$(bridge_wanted ${mac})" ]`,
    change: `
if [ "$(datapath)" = system ]; then
  [ -d /sys/module/openvswitch ] || modprobe openvswitch ||
    fail 'the kernel has no openvswitch module: use the userspace datapath'
fi
ovs-vsctl --timeout=30 -- --may-exist add-br ${BRIDGE} \\
  -- set Bridge ${BRIDGE} "datapath_type=$(datapath)" fail_mode=standalone stp_enable=false rstp_enable=false \\
    other_config:hwaddr=${mac} \\
  -- set Interface ${BRIDGE} "mtu_request=$(overlay_mtu)"`,
    undo: {
      look: `! command -v ovs-vsctl || ! ovs-vsctl --timeout=10 br-exists ${BRIDGE}`,
      change: `ovs-vsctl --timeout=30 --if-exists del-br ${BRIDGE}`,
    },
  };
}

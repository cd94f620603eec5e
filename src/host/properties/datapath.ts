import { NETWORKD_FILE, SCRIPT_DIR, UNDERLAY_BRIDGE } from "../names.ts";
import type { Property } from "../property.ts";
import { underlayScript, underlayUnit } from "../scripts/underlay.ts";
import { unitHolds } from "./unit.ts";

const path = `${SCRIPT_DIR}/underlay`;

/** Where the datapath is in userspace, the underlay interface is inside Open vSwitch, now and after a reboot. */
export const datapathReady: Property = unitHolds({
  name: "datapath ready",
  unit: "overbridge-underlay",
  definition: underlayUnit(path),
  path,
  script: underlayScript,
  needed: `[ "$(datapath)" = netdev ]`,
  clear: `! ip -o addr show dev ${UNDERLAY_BRIDGE} scope global 2>/dev/null | grep -q . ||
  fail '${UNDERLAY_BRIDGE} has the underlay addresses still: move them back to the interface, then tear down again'
rm -f ${NETWORKD_FILE}
! command -v ovs-vsctl || ovs-vsctl --timeout=30 --if-exists del-br ${UNDERLAY_BRIDGE}`,
  cleared: `[ ! -e ${NETWORKD_FILE} ] && { ! command -v ovs-vsctl || ! ovs-vsctl --timeout=10 br-exists ${UNDERLAY_BRIDGE}; }`,
});

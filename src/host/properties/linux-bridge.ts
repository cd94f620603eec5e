import { LINUX_BRIDGE, SCRIPT_DIR } from "../names.ts";
import type { Property } from "../property.ts";
import { linuxBridgeScript, linuxBridgeUnit } from "../scripts/linux-bridge.ts";
import { unitHolds } from "./unit.ts";

const path = `${SCRIPT_DIR}/linux-bridge`;

/** The Linux bridge that Docker uses is there with the Open vSwitch bridge in it, now and after a reboot. */
export const linuxBridgePresent: Property = unitHolds({
  name: "Linux bridge present",
  unit: "overbridge-bridge",
  definition: linuxBridgeUnit(path),
  path,
  script: linuxBridgeScript,
  clear: `! ip link show ${LINUX_BRIDGE} >/dev/null 2>&1 || ${path} down`,
  cleared: `! ip link show ${LINUX_BRIDGE} >/dev/null 2>&1`,
});

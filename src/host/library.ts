import type { Datapath } from "../cluster/datapath.ts";
import { BRIDGE, LINUX_BRIDGE, UNDERLAY_BRIDGE } from "./names.ts";
import { quote } from "./shell.ts";

/** What the shared functions are about: one host of one cluster. */
export interface Facts {
  /** The host's own underlay address. */
  readonly underlay: string;
  readonly datapath: Datapath;
  /** Kernel module that makes the tunnels' devices. */
  readonly tunnelModule: string;
  /** Fixed MTU of the overlay in bytes, or how much the tunnel takes off the underlay's. */
  readonly mtu: { fixed: number } | { overhead: number };
}

/**
 * What a program finds out about its host as it goes. Nothing is kept between properties: each asks again,
 * because the one before may have changed it.
 */
export function library(facts: Facts): string {
  const mtu =
    "fixed" in facts.mtu
      ? `echo ${facts.mtu.fixed}`
      : `echo $(($(cat "/sys/class/net/$(underlay_device)/mtu") - ${facts.mtu.overhead}))`;
  return `
underlay_device() { ip -o addr show to ${quote(facts.underlay)} | awk '{ print $2; exit }'; }

# The interface that packets leave the host by, also when its address has moved to the bridge it is in.
underlay_interface() {
  device=$(underlay_device)
  [ "$device" != ${UNDERLAY_BRIDGE} ] || device=$(ovs-vsctl list-ports ${UNDERLAY_BRIDGE} | head -n 1)
  echo "$device"
}

overlay_mtu() { ${mtu}; }

module_there() { [ -d "/sys/module/$1" ] || modprobe -n -q "$1" 2>/dev/null; }

# Open vSwitch's word for the datapath: system (kernel) or netdev (userspace). A bridge that is there keeps
# its own where either will do, since changing it stops traffic.
datapath() {
  case ${facts.datapath} in
    kernel) echo system ;;
    userspace) echo netdev ;;
    auto)
      current=$(ovs-vsctl --timeout=10 --if-exists get Bridge ${BRIDGE} datapath_type 2>/dev/null || :)
      case $current in
        system | netdev) echo "$current" ;;
        *)
          if module_there openvswitch && module_there ${facts.tunnelModule}; then
            echo system
          else
            echo netdev
          fi
          ;;
      esac
      ;;
  esac
}

unit_runs() { systemctl is-enabled --quiet "$1" && systemctl is-active --quiet "$1"; }

# Whether file $2 holds exactly what function $1 prints.
holds() { [ -f "$2" ] && "$1" | cmp -s - "$2"; }

facts() {
  say fact datapath "$(datapath)"
  say fact mtu "$(cat /sys/class/net/${LINUX_BRIDGE}/mtu 2>/dev/null)"
  [ ! -s "$work/interruption" ] || say fact interruption "$(head -c 20 "$work/interruption")"
  say fact openvswitch "$(ovs-vswitchd --version 2>/dev/null | awk '{ print $NF; exit }')"
  say fact docker "$(docker version --format '{{.Server.Version}}' 2>/dev/null)"
}
`;
}

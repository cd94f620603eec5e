import { LINUX_BRIDGE } from "../names.ts";
import type { Property } from "../property.ts";
import { quote } from "../shell.ts";

/** The host has the underlay address that the others send tunnel packets to. */
export function underlayPresent(underlay: string): Property {
  return {
    name: "underlay address present",
    look: `[ -n "$(underlay_device)" ]`,
    change: `fail ${quote(`no interface of the host has the underlay address ${underlay}: correct the host list`)}`,
  };
}

/** Nothing else of the host lives inside the overlay's network, where containers would hide it. */
export function overlayFree(network: string): Property {
  const others = `ip -o route show root ${network} | grep -v ' dev ${LINUX_BRIDGE} '`;
  return {
    name: "overlay network free",
    look: `! ${others} | grep -q .`,
    change: `fail "the overlay ${network} overlaps the host's route '$(${others} | head -n 1)': choose another network"`,
  };
}

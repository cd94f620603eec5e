import { SETTINGS_FILE } from "../names.ts";
import type { Property } from "../property.ts";
import { quote } from "../shell.ts";

export interface Settings {
  /** The overlay address containers use as gateway, with the overlay's prefix length. */
  readonly gateway: string;
  /** Fixed hardware address of the Linux bridge. */
  readonly mac: string;
  readonly underlay: string;
}

/** What the boot scripts need to know, found out while all interfaces were where they belong. */
export function settingsRecorded(settings: Settings): Property {
  const text = `
settings_text() {
  echo GATEWAY=${quote(settings.gateway)}
  echo MAC=${quote(settings.mac)}
  echo MTU="$(overlay_mtu)"
  echo UNDERLAY=${quote(settings.underlay)}
  echo UNDERLAY_INTERFACE="$(underlay_interface)"
}`;
  return {
    name: "settings recorded",
    look: `${text}\nholds settings_text ${SETTINGS_FILE}`,
    change: `${text}
[ "$(overlay_mtu)" -ge 576 ] || fail "the underlay leaves the overlay an MTU of $(overlay_mtu), less than 576"
settings_text | put ${SETTINGS_FILE} 644`,
  };
}

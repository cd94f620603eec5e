/** The names that overbridge takes on a host. Interfaces have at most 15 characters. */

/** The Open vSwitch bridge that the tunnels end in. */
export const BRIDGE = "br-overlay";
/** The Linux bridge that Docker puts containers on; the bridge's local port is a member of it. */
export const LINUX_BRIDGE = "overbridge0";
/** The Open vSwitch bridge that the underlay interface moves into where the datapath is in userspace. */
export const UNDERLAY_BRIDGE = "br-phy";

/** What a host knows of its cluster: settings for the boot scripts, and the digest of its host list. */
export const CONFIG_DIR = "/etc/overbridge";
export const SETTINGS_FILE = `${CONFIG_DIR}/settings`;
export const DIGEST_FILE = `${CONFIG_DIR}/digest`;
export const CLUSTER_FILE = `${CONFIG_DIR}/cluster`;
/** Keeps systemd-networkd off the underlay bridge; read before any other file of its kind. */
export const NETWORKD_FILE = "/etc/systemd/network/00-overbridge.network";
/** Keeps it off the underlay interface as well, as long as that is in the bridge. */
export const NETWORKD_RUN_FILE = "/run/systemd/network/00-overbridge-underlay.network";
/** Scripts that units run at boot. */
export const SCRIPT_DIR = "/usr/local/lib/overbridge";

/** The image that verify runs its probes in, empty but for what makes the host's `/usr` a whole system; its label. */
export const PROBE_IMAGE = "overbridge/probe";
export const PROBE_LABEL = "overbridge.role=probe";

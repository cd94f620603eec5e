import { addressingOf } from "../cluster/addressing.ts";
import { digestOf, type Host, type HostList } from "../cluster/host-list.ts";
import { macOf } from "../cluster/mac.ts";
import { tunnelsOf } from "../cluster/mesh.ts";
import { overheadOf } from "../cluster/mtu.ts";
import { familyOf } from "../cluster/schema.ts";
import { interfaceType, moduleOf } from "./interface-type.ts";
import { type Facts, library } from "./library.ts";
import { compile, type ProgramOptions } from "./program.ts";
import { bridgePresent } from "./properties/bridge.ts";
import { claimed } from "./properties/claim.ts";
import { datapathReady } from "./properties/datapath.ts";
import { dockerNetworkPresent } from "./properties/docker-network.ts";
import { linuxBridgePresent } from "./properties/linux-bridge.ts";
import { openvswitchFrom, type SentPackages } from "./properties/openvswitch-packages.ts";
import { dockerInstalled, ethtoolInstalled, openvswitchInstalled } from "./properties/packages.ts";
import { hostListRecorded } from "./properties/record.ts";
import { dockerRunning, openvswitchRunning } from "./properties/services.ts";
import { settingsRecorded } from "./properties/settings.ts";
import { tunnelsExactly } from "./properties/tunnels.ts";
import { overlayFree, underlayPresent } from "./properties/underlay.ts";
import { fromUser, type UserProperty } from "./properties/user.ts";
import { type Property, undone } from "./property.ts";

/** A program ready to be sent to its host. */
export interface Program {
  readonly text: string;
  /** The names of its properties; a host may tell of no others. */
  readonly names: ReadonlySet<string>;
}

export interface HostProgramOptions {
  readonly mode: ProgramOptions["mode"];
  readonly userProperties?: readonly UserProperty[];
  /** Packages that Open vSwitch is to be installed from; absent: whatever is there, else the distribution's. */
  readonly packages?: Pick<SentPackages, "directory" | "packages">;
}

/** Where Open vSwitch comes from. An upgrade's interruption is measured against the first other host. */
function installed(list: HostList, host: Host, packages: HostProgramOptions["packages"]): Property {
  if (!packages) return openvswitchInstalled;
  const other = list.hosts.find(({ id }) => id !== host.id);
  const witness = other && addressingOf(list.overlay, other.id).gateway;
  return openvswitchFrom({ ...packages, ...(witness ? { witness } : {}) });
}

function ownProperties(list: HostList, host: Host, packages?: HostProgramOptions["packages"]): Property[] {
  const { gateway, interfaceAddress, reserved } = addressingOf(list.overlay, host.id);
  return [
    claimed(list.cluster),
    underlayPresent(host.underlay),
    overlayFree(list.overlay.network),
    installed(list, host, packages),
    dockerInstalled,
    ethtoolInstalled,
    openvswitchRunning,
    settingsRecorded({
      gateway: interfaceAddress,
      mac: macOf(list.cluster, host.id, "linux-bridge"),
      underlay: host.underlay,
    }),
    datapathReady,
    bridgePresent(macOf(list.cluster, host.id, "bridge")),
    tunnelsExactly(tunnelsOf(list, host)),
    linuxBridgePresent,
    dockerRunning,
    dockerNetworkPresent({
      name: list.overlay.name,
      cluster: list.cluster,
      network: list.overlay.network,
      subnet: host.subnet,
      gateway,
      reserved,
    }),
    hostListRecorded(digestOf(list)),
  ];
}

function factsOf(list: HostList, host: Host): Facts {
  const { type } = list.tunnel;
  const { mtu } = list.overlay;
  return {
    underlay: host.underlay,
    datapath: list.datapath,
    tunnelModule: moduleOf(interfaceType(type, host.underlay)),
    mtu: mtu === undefined ? { overhead: overheadOf(type, familyOf(host.underlay)) } : { fixed: mtu },
  };
}

function programOf(properties: readonly Property[], options: ProgramOptions): Program {
  return { text: compile(properties, options), names: new Set(properties.map(({ name }) => name)) };
}

/**
 * The program that makes a host what the host list says: a pure function of the list and which host it is,
 * but for a user's own properties, which come last.
 */
export function hostProgram(list: HostList, host: Host, options: HostProgramOptions): Program {
  const environment = {
    OVERBRIDGE_CLUSTER: list.cluster,
    OVERBRIDGE_HOST: host.name,
    OVERBRIDGE_HOST_ID: String(host.id),
    OVERBRIDGE_SUBNET: host.subnet,
  };
  const users = (options.userProperties ?? []).map((property) => fromUser(property, environment));
  return programOf([...ownProperties(list, host, options.packages), ...users], {
    mode: options.mode,
    library: library(factsOf(list, host)),
  });
}

/** The program that takes from a host all that overbridge made on it; packages and services stay. */
export function undoProgram(list: HostList, host: Host): Program {
  return programOf(undone(ownProperties(list, host)), {
    mode: "run",
    persist: true,
    library: library(factsOf(list, host)),
  });
}

import { type BaseTarget, baseTargets } from "../docker/base-image.ts";

/** What packages can be built for: the distributions of hosts. */
export const targets = baseTargets;
export type Target = BaseTarget;

/** Debian's names for the processors of hosts. */
export const architectures = ["amd64", "arm64"] as const;
export type Architecture = (typeof architectures)[number];

interface Distribution {
  /** `ID` of the host's /etc/os-release. */
  readonly id: string;
  /** `VERSION_ID` of the host's /etc/os-release. */
  readonly version: string;
  /** As people call it. */
  readonly name: string;
}

const distributions: Record<Target, Distribution> = {
  "debian:bookworm": { id: "debian", version: "12", name: "Debian 12" },
  "debian:trixie": { id: "debian", version: "13", name: "Debian 13" },
  "ubuntu:22.04": { id: "ubuntu", version: "22.04", name: "Ubuntu 22.04" },
  "ubuntu:24.04": { id: "ubuntu", version: "24.04", name: "Ubuntu 24.04" },
};

/** A target as people call it: `Debian 12`. */
export function nameOf(target: Target): string {
  return distributions[target].name;
}

/** The target that a host's /etc/os-release (`ID`, `VERSION_ID`) means, or undefined where it is none. */
export function targetOf(id: string, version: string): Target | undefined {
  return targets.find((target) => {
    const distribution = distributions[target];
    return distribution.id === id && distribution.version === version;
  });
}

/** Where Open vSwitch's releases are published. */
const RELEASES_URL = "https://www.openvswitch.org/releases";

/** The release that is built where none is asked for. */
export const DEFAULT_RELEASE = "3.7.1";

/**
 * SHA-256 of the release tarballs we know: a digest is listed only where several recipes of others, made
 * independently of each other, pin the very same one. Any other release takes the user's own `sha256`.
 */
const digests: Readonly<Record<string, string>> = {
  "3.7.1": "b8936c2e95a024d37123536ca843648bc2f1d2520921f991dd3d06248859b70f",
};

/** The digest of a release's tarball, 64 hex digits, or undefined where it is not listed. */
export function digestOfRelease(version: string): string | undefined {
  return Object.hasOwn(digests, version) ? digests[version] : undefined;
}

/** The releases whose digest is known. */
export const listedReleases: readonly string[] = Object.keys(digests);

/** The address of a release's tarball under `base`. */
export function releaseUrl(version: string, base = RELEASES_URL): string {
  return `${base}/openvswitch-${version}.tar.gz`;
}

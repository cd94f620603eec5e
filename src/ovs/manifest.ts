import { z } from "zod";
import { architectures, targets } from "./targets.ts";

/** The version of the manifest this program writes, and the only one it reads. */
const MANIFEST_VERSION = 1;

/** What a set's manifest is called in its directory. */
export const MANIFEST_FILE = "manifest.json";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hex digits");
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "expected 'sha256:' and 64 hex digits");

export const packageSchema = z.strictObject({
  package: z.string().regex(/^[a-z0-9][a-z0-9+.-]{1,99}$/, "expected a Debian package's name"),
  version: z.string().regex(/^[A-Za-z0-9.+:~-]{1,99}$/, "expected a Debian version"),
  architecture: z.enum([...architectures, "all"]),
  /** Its file's name, in the manifest's directory. */
  file: z.string().regex(/^[a-z0-9][A-Za-z0-9+.~%_-]{1,250}\.deb$/, "expected a .deb file's name"),
  /** Bytes. */
  size: z.int().min(1),
  sha256,
  /** A dependency is what a minimal system of the target lacks: of use only where a host lacks it too. */
  role: z.enum(["openvswitch", "dependency"]),
});
export type Package = z.infer<typeof packageSchema>;

/** What a set of packages is, and what it was made from. Equal inputs give equal bytes: it holds no time. */
export const manifestSchema = z.strictObject({
  version: z.literal(MANIFEST_VERSION),
  /** Open vSwitch's own version: `3.7.1`. */
  openvswitch: z.string().regex(/^\d+(\.\d+){1,3}$/, "expected a version"),
  target: z.enum(targets),
  architecture: z.enum(architectures),
  /** Where the source is from, and the digest of its tarball (of the packages, where none were built). */
  source: z.strictObject({ kind: z.enum(["upstream", "tarball", "distro", "packages"]), digest }),
  /** Digest of the programs that made the set. */
  recipe: digest,
  /** Digest of all that decides the set: source, target image, architecture, options, recipe. */
  key: digest,
  packages: z.array(packageSchema).min(1).max(500),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** The document as it is stored. */
export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifestSchema.parse(manifest), null, 2)}\n`;
}

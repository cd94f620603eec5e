import { stat } from "node:fs/promises";
import { InputError, messageOf } from "../errors.ts";
import { sha256OfFile } from "./digest.ts";
import { DEFAULT_RELEASE, digestOfRelease, listedReleases, releaseUrl } from "./releases.ts";

/** What is built, once the inputs are known to make sense together. */
export type Source =
  /** Fetched from `url`; `sha256` absent means: whatever comes. `release` is set for a release of upstream's. */
  | { kind: "upstream" | "tarball"; url: string; sha256: string | undefined }
  /** A file of this machine. */
  | { kind: "tarball"; path: string; sha256: string }
  /** The distribution's own: its source, or its binary packages. */
  | { kind: "distro" }
  | { kind: "packages" };

export interface SourceInputs {
  readonly source: string;
  readonly ovsVersion?: string | undefined;
  readonly sha256?: string | undefined;
  readonly allowUnverified: boolean;
}

/**
 * Decides where the source comes from, and checks all that can be checked without a network or an engine.
 *
 * @param releases where upstream's releases are, for tests.
 * @throws InputError for an unknown version, a digest that is missing or does not fit, a file that is not there.
 */
export async function chooseSource(inputs: SourceInputs, releases?: string): Promise<Source> {
  const { source } = inputs;
  if (source === "upstream") return upstream(inputs, releases);
  if (source === "distro" || source === "packages") return distribution(source, inputs);
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(source) ? remote(source, inputs) : local(source, inputs);
}

function upstream(inputs: SourceInputs, releases?: string): Source {
  const version = inputs.ovsVersion ?? DEFAULT_RELEASE;
  const listed = digestOfRelease(version);
  if (listed && inputs.sha256 && inputs.sha256 !== listed) {
    throw new InputError(
      `sha256: expected ${listed} for Open vSwitch ${version}, found ${inputs.sha256}`,
      "leave sha256 out: this release's digest is known",
    );
  }
  const sha256 = listed ?? inputs.sha256;
  if (!sha256 && !inputs.allowUnverified) {
    throw new InputError(
      `ovs-version: no digest is known for Open vSwitch ${version}; known are ${listedReleases.join(", ")}`,
      "give the tarball's digest (sha256), or take it unverified (allow-unverified)",
    );
  }
  return { kind: "upstream", url: releaseUrl(version, releases), sha256 };
}

function distribution(kind: "distro" | "packages", inputs: SourceInputs): Source {
  if (inputs.sha256) {
    throw new InputError(
      `sha256: expected none with source '${kind}', found ${inputs.sha256}`,
      "leave it out: apt verifies what comes from the distribution's archive",
    );
  }
  return { kind };
}

function remote(source: string, inputs: SourceInputs): Source {
  const url = URL.canParse(source) ? new URL(source) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol) || url.username || url.password) {
    throw new InputError(
      "source: expected an http or https URL without a user's name or password in it",
      "or upstream, distro, packages, or the path of a tarball",
    );
  }
  if (!inputs.sha256 && !inputs.allowUnverified) {
    throw new InputError(
      "sha256: expected the digest of the tarball at the source's URL, found none",
      "give sha256, or take the tarball unverified (allow-unverified)",
    );
  }
  return { kind: "tarball", url: url.href, sha256: inputs.sha256 };
}

async function local(path: string, inputs: SourceInputs): Promise<Source> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) {
    throw new InputError(
      `source: expected upstream, distro, packages, a URL or a tarball's path, found '${path.slice(0, 200)}', which is no file`,
      "check the path",
    );
  }
  const sha256 = await sha256OfFile(path).catch((error: unknown) => {
    throw new InputError(`source: ${path} cannot be read: ${messageOf(error)}`);
  });
  checkDigest(path, inputs.sha256, sha256);
  return { kind: "tarball", path, sha256 };
}

/** @throws InputError showing both digests where `expected` is given and another one than `found`. */
export function checkDigest(what: string, expected: string | undefined, found: string): void {
  if (expected === undefined || expected === found) return;
  throw new InputError(
    `${what}: expected sha256 ${expected}, found ${found}`,
    "check the digest at its origin; if it is right, the tarball is not the one you want",
  );
}

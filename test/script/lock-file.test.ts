import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

interface Entry {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
}

const file = path.join(import.meta.dirname, "../../package-lock.json");
const { packages } = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, Entry> };
const installed = Object.entries(packages).filter(([place]) => place.startsWith("node_modules/"));
const own = installed.filter(([, { link }]) => link);
const fetched = installed.filter(([, { link }]) => !link);

// npm writes no digest for another platform's package, which it has not fetched: `npm view NAME@VERSION
// dist.integrity` tells it.
test("every package from the registry is pinned by its digest, other platforms' too", () => {
  expect(fetched.length).toBeGreaterThan(100);
  const unpinned = fetched.filter(([, { integrity = "" }]) => !/^sha512-[\w+/]{86}==$/.test(integrity));
  expect(unpinned.map(([place]) => place)).toEqual([]);
});

test("packages come from whatever registry npm is set to, and what is linked is this repository's", () => {
  expect(fetched.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  for (const [, { resolved }] of own) expect(packages).toHaveProperty([resolved ?? ""]);
});

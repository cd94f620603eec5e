import { z } from "zod";
import { fromJson } from "../json.ts";
import type { Site } from "./site.ts";
import type { Store } from "./store.ts";

/** Milliseconds for which what a distribution's archive held is taken to be what it holds: one day. */
const FRESH_MS = 24 * 60 * 60 * 1000;

const memoSchema = z.strictObject({
  image: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.number(),
});

function nameOf(site: Site, kind: string): string {
  return `${kind}-${site.target.replace(":", "-")}-${site.architecture}`;
}

/**
 * The digest of what the target's archive held when it was last asked, so that a second build need not ask
 * again. Undefined where that is more than a day ago, or was for another image of the target.
 */
export async function recallArchive(
  site: Site,
  store: Store,
  kind: "distro" | "packages",
): Promise<string | undefined> {
  const text = await store.recall(nameOf(site, kind));
  if (text === undefined) return undefined;
  const { data: memo } = memoSchema.safeParse(fromJson(text));
  if (!memo || memo.image !== site.image.id) return undefined;
  const age = Date.now() - memo.at;
  return age >= 0 && age < FRESH_MS ? memo.sha256 : undefined;
}

export async function rememberArchive(
  site: Site,
  store: Store,
  kind: "distro" | "packages",
  sha256: string,
): Promise<void> {
  const memo: z.infer<typeof memoSchema> = { image: site.image.id, sha256, at: Date.now() };
  await store.remember(nameOf(site, kind), JSON.stringify(memo));
}

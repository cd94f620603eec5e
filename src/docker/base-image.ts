import { Failure, messageOf } from "../errors.ts";
import type { Context } from "../steps/context.ts";
import { debootstrap } from "./debootstrap.ts";
import { type Engine, openEngine, reasonOf } from "./engine.ts";

/** The distributions that hosts and packages are made for, as image references of the public registry. */
export const baseTargets = ["debian:bookworm", "debian:trixie", "ubuntu:22.04", "ubuntu:24.04"] as const;
export type BaseTarget = (typeof baseTargets)[number];

/** Milliseconds a registry may take to say its first word: one that is filtered away never does. */
const FIRST_ANSWER_MS = 20_000;
/** Milliseconds between two lines of a pull that goes on; a large layer is one line. */
const BETWEEN_LINES_MS = 180_000;

/** What `ensureBaseImage` is making right now, so that callers side by side in one process share the work. */
const running = new Map<string, Promise<string>>();

/**
 * Makes sure that this machine has a minimal image of a distribution: one that is there already, else the
 * registry's, else one made by debootstrap from the distribution's archive and tagged
 * `overbridge/base:debian-bookworm`.
 *
 * @returns the image's reference.
 * @throws Failure naming what stopped the pull and what stopped debootstrap; nothing half made is left.
 */
export async function ensureBaseImage(target: BaseTarget, context: Context): Promise<string> {
  const shared = running.get(target);
  if (shared) return shared;
  const making = makeBaseImage(target, context).finally(() => running.delete(target));
  running.set(target, making);
  return making;
}

/** The tag of the image that debootstrap makes for a target. */
export function ownBaseTag(target: BaseTarget): string {
  return `overbridge/base:${target.replace(":", "-")}`;
}

async function makeBaseImage(target: BaseTarget, context: Context): Promise<string> {
  const engine = openEngine(context);
  for (const reference of [target, ownBaseTag(target)]) {
    const { code } = await engine.attempt(["image", "inspect", "--format", "{{.Id}}", reference]);
    if (code === 0) return reference;
  }
  const refusal = await pull(engine, target, context);
  if (refusal === undefined) return target;
  context.reporter.report({
    kind: "note",
    text: `${target} cannot be pulled (${refusal}): making it with debootstrap, about a minute`,
  });
  try {
    return await debootstrap(engine, target, ownBaseTag(target), context);
  } catch (error) {
    if (context.signal.aborted || !(error instanceof Failure)) throw error;
    throw new Failure(
      `no base image ${target}: pull failed (${refusal}); debootstrap failed (${messageOf(error)})`,
      error.hint,
      { cause: error },
    );
  }
}

/** Pulls an image. @returns undefined, or in words why it could not be had. */
async function pull(engine: Engine, target: BaseTarget, context: Context): Promise<string | undefined> {
  context.reporter.report({ kind: "note", text: `pulling ${target}` });
  const stalled = new AbortController();
  let limit = FIRST_ANSWER_MS;
  let timer = setTimeout(() => stalled.abort(), limit);
  const onLine = () => {
    clearTimeout(timer);
    limit = BETWEEN_LINES_MS;
    timer = setTimeout(() => stalled.abort(), limit);
  };
  try {
    const { code, stderr } = await engine.attempt(["pull", target], { onLine, signal: stalled.signal });
    return code === 0 ? undefined : reasonOf(stderr);
  } catch (error) {
    if (stalled.signal.aborted && !context.signal.aborted) return `no answer in ${limit / 1000} s`;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

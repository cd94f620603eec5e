import { setTimeout as pause } from "node:timers/promises";
import { type Engine, linesOf, reasonOf } from "../../docker/engine.ts";
import { Failure } from "../../errors.ts";
import type { Context } from "../../steps/context.ts";
import type { Removal } from "../provider.ts";
import { CLUSTER_LABEL, labelFilters, ROLE_LABEL } from "./names.ts";

/** Milliseconds that somebody else's removal of the same container may take. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 100;

/**
 * Removes a container and its anonymous volumes and waits until it is gone.
 *
 * @param container its id or name; gone already is success.
 */
export async function removeContainer(engine: Engine, container: string, signal: AbortSignal): Promise<void> {
  const { code, stderr } = await engine.attempt(["rm", "--force", "--volumes", container]);
  if (code === 0 || /no such container/i.test(stderr)) return;
  if (!/already in progress/i.test(stderr)) {
    throw new Failure(`container ${container} cannot be removed: ${reasonOf(stderr)}`);
  }
  const end = performance.now() + PATIENCE_MS;
  while ((await engine.attempt(["container", "inspect", container])).code === 0) {
    if (performance.now() > end) throw new Failure(`container ${container}: its removal does not end`);
    await pause(PAUSE_MS, undefined, { signal });
  }
}

/** Removes all of a cluster, found by label: containers at once, then networks. @returns what it removed. */
export async function removeCluster(engine: Engine, cluster: string, context: Context): Promise<string[]> {
  const filters = labelFilters({ [CLUSTER_LABEL]: cluster });
  const removed: string[] = [];
  const format = "{{.Names}}";
  const containers = linesOf(await engine.run(["ps", "--all", "--format", format, ...filters])).sort();
  await Promise.all(
    containers.map(async (container) => {
      context.reporter.report({ kind: "doing", host: container, text: "removing the container" });
      await removeContainer(engine, container, context.signal);
    }),
  );
  removed.push(...containers.map((container) => `container ${container}`));

  const networks = linesOf(await engine.run(["network", "ls", "--format", "{{.ID}} {{.Name}}", ...filters]));
  for (const line of networks) {
    const [id = "", name = ""] = line.split(" ");
    const { code, stderr } = await engine.attempt(["network", "rm", id]);
    if (code !== 0 && !/not found|no such network/i.test(stderr)) {
      throw new Failure(
        `network ${name} cannot be removed: ${reasonOf(stderr)}`,
        "disconnect what is not this cluster's from it",
      );
    }
    removed.push(`network ${name}`);
  }
  return removed;
}

/**
 * What is to be told of the images that clusters share, or with `purge` removes those that no container uses.
 */
export async function removeImages(engine: Engine, purge: boolean): Promise<Removal> {
  const removed: string[] = [];
  const left: string[] = [];
  // Host images first: a base image cannot go before what is made from it.
  for (const role of ["host-image", "base"]) {
    const filters = labelFilters({ [ROLE_LABEL]: role });
    const listed = await engine.run(["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", ...filters]);
    for (const image of linesOf(listed).filter((name) => name.startsWith("overbridge/"))) {
      if (!purge) left.push(`image ${image}: kept for the next cluster`);
      else if ((await engine.attempt(["image", "rm", image])).code === 0) removed.push(`image ${image}`);
      else left.push(`image ${image}: in use`);
    }
  }
  return { removed, left };
}

import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Times } from "../../src/report/summary.ts";

/** Steps of one job hand each other the times they took in this file, so that the last one can show them all. */
function timesFile(root: string, cluster: string): string {
  return path.join(root, ".overbridge", cluster, "times.json");
}

async function readTimes(file: string): Promise<[string, number][]> {
  try {
    const entries: unknown = JSON.parse(await readFile(file, "utf8"));
    if (!Array.isArray(entries)) return [];
    return entries.filter(
      (entry): entry is [string, number] => typeof entry?.[0] === "string" && typeof entry[1] === "number",
    );
  } catch {
    // The step is the job's first, or what it left is of no use: times are worth no failure.
    return [];
  }
}

/** Adds a step's time to those of the job's earlier steps. @param began as `performance.now()` said. */
export async function takeTime(root: string, cluster: string, step: string, began: number): Promise<Times> {
  const file = timesFile(root, cluster);
  const times = new Map(await readTimes(file));
  times.delete(step);
  times.set(step, Math.round(performance.now() - began));
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify([...times]), { mode: 0o600 });
  return times;
}

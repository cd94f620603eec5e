import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** A folder with commands, each a program in sh, that stand in for a host's own; and where they come first. */
export async function standIns(
  commands: Readonly<Record<string, string>>,
): Promise<{ directory: string; env: NodeJS.ProcessEnv }> {
  const directory = await mkdtemp(path.join(tmpdir(), "overbridge-commands-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, program] of Object.entries(commands)) {
    await writeFile(path.join(directory, name), `#!/bin/sh\n${program}\n`);
    await chmod(path.join(directory, name), 0o755);
  }
  return { directory, env: { ...process.env, PATH: `${directory}:${process.env.PATH}` } };
}

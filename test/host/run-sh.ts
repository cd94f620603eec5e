import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { compile, type ProgramOptions } from "../../src/host/program.ts";
import type { Property } from "../../src/host/property.ts";
import { parseSaying, type Saying } from "../../src/host/protocol.ts";

/** Runs text as `sh` would get it over SSH, on standard input. */
export function sh(
  text: string,
  cwd: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", [], { cwd, stdio: "pipe" });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => {});
    child.stdin.end(text);
  });
}

/** A folder that plays the host: programs run in it, and need no root since it is their /run as well. */
export async function playHost() {
  const directory = await mkdtemp(path.join(tmpdir(), "overbridge-host-"));
  const library = `id() { echo 0; }\nruntime=${directory}\nfacts() { say fact place here; }`;
  return {
    directory,
    async run(properties: readonly Property[], options: Partial<ProgramOptions> = {}): Promise<Saying[]> {
      const text = compile(properties, { mode: "run", library, ...options });
      const { stdout, stderr } = await sh(text, directory);
      if (stderr) throw new Error(`the program wrote to standard error: ${stderr}`);
      return stdout.split("\n").flatMap((line) => parseSaying(line) ?? []);
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

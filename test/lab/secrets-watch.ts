import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";

/** Milliseconds between two looks at the arguments of all processes. */
const INTERVAL = 150;

/**
 * Collects the arguments of every process on this machine, those inside containers too, until it is stopped. A
 * process that ends between two looks is not seen.
 */
export function watchArguments() {
  const seen = new Set<string>();
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
      const lines = await Promise.all(
        pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
      );
      for (const line of lines) seen.add(line);
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  })();
  return {
    seen,
    async stop() {
      stopped = true;
      await watching;
    },
  };
}

/** Every file under a folder: its path from there, its mode's permission bits, and what is in it. */
export async function filesIn(folder: string) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        const [{ mode }, text] = await Promise.all([stat(file), readFile(file, "utf8")]);
        return { path: path.relative(folder, file), mode: mode & 0o777, text };
      }),
  );
}

/** The lines of a private key in OpenSSH format that tell it from others: all but the frame and the header. */
export function tellingLines(privateKey: string): string[] {
  return privateKey
    .trim()
    .split("\n")
    .slice(2, -1)
    .filter((line) => line.length >= 16);
}

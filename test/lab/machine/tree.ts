import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file to be put into a machine, owned by root. */
export interface TreeFile {
  /** Its path below `/`. */
  readonly path: string;
  readonly content: string;
  /** As in chmod; 0644 where not given. */
  readonly mode?: number;
}

/** Writes the files below `root`, making the directories they need. */
export async function writeTree(root: string, files: readonly TreeFile[]): Promise<void> {
  for (const { path, content, mode = 0o644 } of files) {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
    await chmod(target, mode);
  }
}

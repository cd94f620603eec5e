import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { run } from "../../cli/run.ts";

class Text extends Writable {
  text = "";
  override _write(chunk: Buffer, _encoding: string, done: () => void) {
    this.text += chunk.toString();
    done();
  }
}

/**
 * A folder to run command lines in, with an environment that holds nothing of the real one.
 *
 * @param signal what SIGINT would abort.
 */
export async function playCli(
  env: Record<string, string> = {},
  signal: AbortSignal = new AbortController().signal,
) {
  const cwd = await mkdtemp(path.join(tmpdir(), "overbridge-cli-"));
  return {
    cwd,
    async run(...argv: string[]) {
      const stdout = new Text();
      const stderr = new Text();
      const surroundings = {
        stdout,
        stderr,
        env: { HOME: cwd, ...env },
        cwd,
        signal,
      };
      const exitCode = await run(argv, surroundings);
      return { exitCode, stdout: stdout.text, stderr: stderr.text };
    },
    remove: () => rm(cwd, { recursive: true, force: true }),
  };
}

#!/usr/bin/env node
import { run } from "./run.ts";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // The first asks every step to end what it started; a second one ends the process as usual.
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
}

const exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: interrupted.signal,
});
// A host that does not let go of its connection must not keep a process that was told to stop.
if (interrupted.signal.aborted) process.exit(exitCode);
process.exitCode = exitCode;

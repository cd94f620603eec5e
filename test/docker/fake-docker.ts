import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Event } from "../../src/report/reporter.ts";

/** A `docker` program that does what a piece of sh says, and a context whose PATH begins with it. */
export function fakeDocker(script: string, env: Record<string, string> = {}) {
  const directory = mkdtempSync(join(tmpdir(), "overbridge-docker-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const log = join(directory, "log");
  const program = join(directory, "docker");
  writeFileSync(program, `#!/bin/sh\necho "$*" >>'${log}'\n${script}\n`);
  chmodSync(program, 0o755);
  const stop = new AbortController();
  const events: Event[] = [];
  const context = {
    reporter: { report: (event: Event) => void events.push(event), close() {} },
    signal: stop.signal,
    env: { PATH: `${directory}:/usr/sbin:/usr/bin:/sbin:/bin`, ...env },
  };
  /** The commands it was given so far, one a line. */
  const calls = () => readFileSync(log, "utf8").trimEnd().split("\n");
  return { context, stop, events, calls };
}

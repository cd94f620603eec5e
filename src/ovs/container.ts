import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { type Engine, linesOf } from "../docker/engine.ts";

/** One program to run in a fresh container. */
export interface Job {
  /** What it is for, as part of the container's name and label: `build`. */
  readonly purpose: string;
  readonly image: string;
  /** A program for `sh -c`. It learns all else from files, environment and arguments, never by pasted text. */
  readonly program: string;
  readonly args?: readonly string[];
  /** Files or directories of this machine to put at a path of the container. */
  readonly files?: readonly { from: string; to: string }[];
  readonly env?: Readonly<Record<string, string>>;
  /** Absent: no network but its own loopback. */
  readonly network?: boolean;
  /** More options of `docker create`. */
  readonly options?: readonly string[];
  /** Called with each line that the program prints on either output. */
  readonly onLine?: (line: string) => void;
}

export interface Ended {
  readonly code: number | null;
  /** All lines that the program printed, on either output, up to the last 10,000. */
  readonly lines: readonly string[];
  /** Copies what `path` of the container holds into a directory of this machine. */
  copyOut(path: string, directory: string): Promise<void>;
  /** Keeps the container's files as an image. */
  commit(tag: string, labels: Readonly<Record<string, string>>): Promise<void>;
}

const ROLE = "overbridge.role=ovs-job";
const OWNER = "overbridge.owner";
const KEPT_LINES = 10_000;

/**
 * Runs a job to its end, whatever its exit code, and lets `use` take from the stopped container what it made.
 * The container is gone afterwards, also when the step is aborted halfway: its first process passes the
 * signal on, and what is left is removed by force.
 */
export async function inContainer<T>(
  engine: Engine,
  job: Job,
  use: (ended: Ended) => Promise<T>,
): Promise<T> {
  const name = `overbridge-ovs-${job.purpose}-${randomBytes(4).toString("hex")}`;
  try {
    await engine.run(["create", "--name", name, ...creation(job)]);
    for (const { from, to } of job.files ?? []) await engine.run(["cp", from, `${name}:${to}`]);
    const lines: string[] = [];
    const { code } = await engine.attempt(["start", "--attach", name], {
      onLine: (line) => {
        if (lines.push(line) > KEPT_LINES) lines.shift();
        job.onLine?.(line);
      },
    });
    return await use({
      code,
      lines,
      copyOut: async (path, directory) => {
        await engine.run(["cp", `${name}:${path}/.`, directory]);
      },
      commit: async (tag, labels) => {
        const changes = Object.entries(labels).flatMap(([key, value]) => [
          "--change",
          `LABEL ${key}=${value}`,
        ]);
        await engine.run(["commit", ...changes, "--change", 'CMD ["/bin/sh"]', name, tag]);
      },
    });
  } finally {
    await engine.attempt(["rm", "--force", "--volumes", name], { evenIfAborted: true });
  }
}

function creation(job: Job): string[] {
  return [
    "--init",
    ...["--label", ROLE, "--label", `${OWNER}=${process.pid}@${hostname()}`],
    ...(job.network ? [] : ["--network", "none"]),
    ...Object.entries(job.env ?? {}).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    ...(job.options ?? []),
    ...[job.image, "sh", "-c", job.program, "sh", ...(job.args ?? [])],
  ];
}

/** Removes the containers of builds of this machine that were killed before they could clean up. */
export async function sweepContainers(engine: Engine): Promise<void> {
  const format = `{{.ID}} {{.Label "${OWNER}"}}`;
  const found = await engine.run(["ps", "--all", "--filter", `label=${ROLE}`, "--format", format]);
  for (const line of linesOf(found)) {
    const [id = "", pid = "", host] = line.split(/[ @]/);
    if (host === hostname() && !alive(Number(pid))) await engine.attempt(["rm", "--force", "--volumes", id]);
  }
}

/** Whether a process of this machine runs. One that this user may not signal runs too. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

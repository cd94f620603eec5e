import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** The built command line. */
export const MAIN = path.resolve(import.meta.dirname, "../../lib/cli/main.js");

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Surroundings {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Interrupts the program as a terminal's Ctrl-C does. It is waited for all the same. */
  interrupt?: AbortSignal | undefined;
}

/** Runs a program to its end, whatever its exit code. */
export function execute(
  program: string,
  args: readonly string[],
  { interrupt, ...options }: Surroundings = {},
) {
  return new Promise<Ran>((resolve, reject) => {
    const limits = { maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(program, args, { ...options, ...limits }, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number") reject(error);
      else resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr });
    });
    interrupt?.addEventListener("abort", () => child.kill("SIGINT"));
  });
}

/** Runs a program that must end well; returns what it printed. */
export async function succeed(program: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await execute(program, args);
  if (exitCode !== 0)
    throw new Error(`${program} ${args.join(" ")}: exit code ${exitCode}\n${stdout}\n${stderr}`);
  return stdout;
}

/**
 * One cluster of a test: the built command line as a user runs it, in a folder of its own. `remove` tears it
 * down whatever state the test left it in.
 */
export async function playCluster(cluster: string, env: Record<string, string> = {}) {
  const directory = await mkdtemp(path.join(tmpdir(), "overbridge-lab-"));
  const surroundings = { ...process.env, HOME: directory, SSH_AUTH_SOCK: "", ...env };

  const run = (command: string, ...args: string[]) =>
    execute(process.execPath, [MAIN, command, "--cluster", cluster, ...args], {
      cwd: directory,
      env: surroundings,
    });

  /** Runs a command that must end well. */
  const must = async (command: string, ...args: string[]) => {
    const ran = await run(command, ...args);
    if (ran.exitCode !== 0) {
      throw new Error(
        `overbridge ${command} ${args.join(" ")}: exit code ${ran.exitCode}\n${ran.stdout}\n${ran.stderr}`,
      );
    }
    return ran.stdout;
  };

  return {
    cluster,
    directory,
    run,
    must,
    /** The document that `--json` prints, whatever the exit code. */
    json: async (command: string, ...args: string[]) =>
      JSON.parse((await run(command, "--json", ...args)).stdout),
    /** Runs sh text on a host, as root, and returns what it printed. */
    onHost: (host: string, text: string) => must("exec", host, "--", text),
    files: () => readdir(directory),
    /** Removes the folder alone. */
    forget: () => rm(directory, { recursive: true, force: true }),
    async remove() {
      await run("teardown");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export type Cluster = Awaited<ReturnType<typeof playCluster>>;

/** What of Docker on this machine belongs to a cluster: containers, networks and volumes, by name. */
export async function dockerLeftovers(cluster: string): Promise<string[]> {
  const filter = ["--filter", `label=overbridge.cluster=${cluster}`, "--quiet"];
  const found = await Promise.all([
    succeed("docker", "ps", "--all", ...filter),
    succeed("docker", "network", "ls", ...filter),
    succeed("docker", "volume", "ls", ...filter),
  ]);
  return found.flatMap((text) => text.split("\n").filter(Boolean));
}

/** Network interfaces of this machine. */
export async function interfaces(): Promise<string[]> {
  return (await readdir("/sys/class/net")).toSorted();
}

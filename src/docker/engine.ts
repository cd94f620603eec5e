import { Failure, InputError } from "../errors.ts";
import type { Context } from "../steps/context.ts";
import { type ProcessOptions, type ProcessResult, runProcess } from "./process.ts";

interface DockerOptions extends Pick<ProcessOptions, "stdin" | "stdout" | "onLine" | "signal"> {
  /** Set for cleaning up: the command then also runs, to its end, when the step is already being aborted. */
  readonly evenIfAborted?: boolean;
}

/** The Docker engine of this machine, asked through its `docker` client. */
export interface Engine {
  /** Runs `docker ARGS` and returns what it printed. @throws Failure where it exits with another code than 0. */
  run(args: readonly string[], options?: DockerOptions): Promise<string>;
  /** Runs `docker ARGS` for a caller that judges the exit code itself. */
  attempt(args: readonly string[], options?: DockerOptions): Promise<ProcessResult>;
}

/**
 * Opens the engine that the environment names (`DOCKER_HOST`, `DOCKER_CONTEXT`, else the default socket).
 * Every command ends when the context's signal is aborted. Arguments must hold no secret: every user of the
 * machine can read them.
 *
 * All methods throw InputError where there is no docker client or no right to use the engine, Failure where
 * the engine does not answer.
 */
export function openEngine(context: Pick<Context, "env" | "signal">): Engine {
  const env = {
    ...context.env,
    LC_ALL: "C",
    DOCKER_CLI_HINTS: "false",
    BUILDKIT_PROGRESS: "plain",
    // The engine's own builder: another (docker/setup-buildx-action selects one) knows none of its images.
    BUILDX_BUILDER: context.env.DOCKER_CONTEXT || "default",
  };

  async function attempt(args: readonly string[], options: DockerOptions = {}): Promise<ProcessResult> {
    const { evenIfAborted, signal, ...rest } = options;
    const signals = [...(evenIfAborted ? [] : [context.signal]), ...(signal ? [signal] : [])];
    const result = await runProcess("docker", args, { ...rest, env, signal: AbortSignal.any(signals) }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" && error.syscall?.startsWith("spawn")) throw noClient();
        throw error;
      },
    );
    const refusal = result.code === 0 ? undefined : engineError(result.stderr);
    if (refusal) throw refusal;
    return result;
  }

  async function run(args: readonly string[], options: DockerOptions = {}): Promise<string> {
    const result = await attempt(args, options);
    if (result.code !== 0) throw new Failure(`docker ${commandOf(args)} failed: ${reasonOf(result.stderr)}`);
    return result.stdout;
  }

  return { run, attempt };
}

/** The one line of a docker client's standard error that says what went wrong. */
export function reasonOf(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(See 'docker|Run 'docker|DEPRECATED|WARNING|Usage:)/.test(line));
  const stated = lines.findLast((line) => /error|failed|cannot|unable/i.test(line)) ?? lines.at(-1);
  const reason = (stated ?? "it gave no reason").replace(
    /^(docker: |ERROR: |Error response from daemon: )+/,
    "",
  );
  return reason.replace(/\.+$/, "").slice(0, 500);
}

/** The non-empty lines of a command's output. */
export function linesOf(output: string): string[] {
  return output.split("\n").filter((line) => line !== "");
}

/** `network create`, `run`: the words before the first option or name. */
function commandOf(args: readonly string[]): string {
  const groups = ["container", "image", "network", "volume", "context"];
  return args.slice(0, groups.includes(args[0] ?? "") ? 2 : 1).join(" ");
}

function noClient(): InputError {
  return new InputError(
    "no docker client found: expected the program 'docker' in PATH",
    "run ./script/setup, or: apt-get install docker.io",
  );
}

function engineError(stderr: string): InputError | Failure | undefined {
  if (/permission denied while trying to connect/i.test(stderr)) {
    return new InputError(
      "this user may not use the Docker engine: permission denied on its socket",
      "run as root, or: usermod -aG docker USER, then log in again",
    );
  }
  if (
    /cannot connect to the docker daemon|failed to connect to the docker api|error during connect/i.test(
      stderr,
    )
  ) {
    return new Failure(
      `the Docker engine does not answer: ${reasonOf(stderr)}`,
      "run ./script/setup, or: systemctl start docker",
    );
  }
  return undefined;
}

import { getExecOutput } from "@actions/exec";
import { reasonOf } from "../../src/docker/engine.ts";
import { withoutSecrets } from "../../src/docker/environment.ts";
import { Failure } from "../../src/errors.ts";
import type { Context } from "../../src/steps/context.ts";

const HINT = "use a runner that has a Docker engine which its user may use: GitHub's ubuntu-24.04 is one";

/** Runs `docker version`. @throws Failure where there is no such program. */
async function dockerVersion(env: Context["env"]) {
  try {
    return await getExecOutput("docker", ["version"], {
      env: { ...withoutSecrets(env), LC_ALL: "C" },
      ignoreReturnCode: true,
      silent: true,
    });
  } catch {
    // With any exit code accepted, only a program that is not there is an error.
    throw new Failure("packages are built with Docker: expected the program 'docker' in PATH", HINT);
  }
}

/**
 * Shows which client and engine are going to build, before a cache is restored for an engine that is not there.
 * The building itself is src/docker's, which ends what it started when the job is cancelled; what `@actions/exec`
 * starts cannot be ended.
 *
 * @throws Failure where no engine answers.
 */
export async function showDocker({ env, reporter }: Context): Promise<void> {
  reporter.report({ kind: "phase", title: "Docker that builds" });
  const { exitCode, stdout, stderr } = await dockerVersion(env);
  if (exitCode !== 0) {
    throw new Failure(
      `packages are built with Docker, whose engine does not answer: ${reasonOf(stderr)}`,
      HINT,
    );
  }
  reporter.report({ kind: "note", text: stdout.trimEnd() });
}

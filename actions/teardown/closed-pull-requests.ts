import { Failure, InputError, messageOf } from "../../src/errors.ts";
import type { Context } from "../../src/steps/context.ts";
import { openToolkit } from "../shared/toolkit.ts";

/** How a pull request's cluster is called: `pr-12`. */
const NAME = /^pr-([1-9]\d{0,9})$/;

/** The HTTP status that a request to GitHub failed with. */
function statusOf(error: unknown): unknown {
  return error instanceof Error && "status" in error ? error.status : undefined;
}

/**
 * Of the clusters that there are, those of pull requests that are closed.
 *
 * @throws InputError without a token. @throws Failure naming the pull request, where GitHub does not say.
 */
export async function ofClosedPullRequests(
  clusters: readonly string[],
  env: Context["env"],
): Promise<string[]> {
  const [owner, repo] = (env.GITHUB_REPOSITORY ?? "").split("/");
  if (!env.GITHUB_TOKEN || !owner || !repo) {
    throw new InputError(
      "github-token is required with closed-pull-requests",
      "leave it at its default, and give the job the permission pull-requests: read",
    );
  }
  const { rest } = openToolkit().getOctokit(env.GITHUB_TOKEN);
  const closed = await Promise.all(
    clusters.map(async (cluster) => {
      const number = NAME.exec(cluster)?.[1];
      if (number === undefined) return [];
      try {
        const { data } = await rest.pulls.get({ owner, repo, pull_number: Number(number) });
        return data.state === "closed" ? [cluster] : [];
      } catch (error) {
        // Somebody's own cluster of such a name: no pull request, so none that is closed.
        if (statusOf(error) === 404) return [];
        throw new Failure(
          `pull request ${number}: GitHub cannot be asked whether it is closed: ${messageOf(error)}`,
          statusOf(error) === 403
            ? "give the job the permission pull-requests: read"
            : "run the teardown again",
        );
      }
    }),
  );
  return closed.flat();
}

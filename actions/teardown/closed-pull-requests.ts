import { InputError } from "../../src/errors.ts";
import type { Context } from "../../src/steps/context.ts";
import { openToolkit } from "../shared/toolkit.ts";

/** How a pull request's cluster is called: `pr-12`. */
const NAME = /^pr-([1-9]\d{0,9})$/;

/** Of the clusters that there are, those of pull requests that are closed. @throws InputError without a token. */
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
      const { data } = await rest.pulls.get({ owner, repo, pull_number: Number(number) });
      return data.state === "closed" ? [cluster] : [];
    }),
  );
  return closed.flat();
}

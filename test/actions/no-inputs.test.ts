import { afterEach, beforeEach, expect, test } from "vitest";
import { actions } from "../../actions/shared/all.ts";
import { openJob } from "./run-action.ts";

let job: Awaited<ReturnType<typeof openJob>>;
beforeEach(async () => {
  job = await openJob();
});
afterEach(() => job.remove());

test.each(Object.values(actions).map(({ step }) => step))(
  "%s starts under Node 24, and without inputs says in one annotation what is wrong",
  async (step) => {
    const { exitCode, stdout, stderr, errors, outputs } = await job.run(step);
    expect(stderr).toBe("");
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(
      /^::error title=overbridge \S+%3A wrong input%2C nothing was changed::\S+ is required/,
    );
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^What to do: ./);
    expect(stdout).not.toMatch(/\n\s+at /);
    expect(exitCode).toBe(2);
    expect(outputs).toEqual({});
  },
);

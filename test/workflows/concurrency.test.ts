import { describe, expect, it } from "vitest";
import { jobs, ownAction, ownWorkflow, workflowFiles } from "./workflow.ts";

const GROUP = "overbridge-$" + "{{ inputs.cluster }}";

/** Jobs that change a cluster whose hosts outlive the job. */
const changing = jobs.filter(({ job }) =>
  job.steps?.some(
    ({ uses = "", with: inputs = {} }) =>
      /\/(provision|configure|teardown)(\/|$)/.test(ownAction(uses) ?? "") && inputs.provider !== "docker",
  ),
);

describe.each(changing)("$title", ({ workflow, job }) => {
  const concurrency = job.concurrency ?? workflow.concurrency;

  it("shares its cluster's group with whatever else changes the cluster", () => {
    expect(concurrency?.group).toMatch(
      /^overbridge-(expired$|(pr-)?\$\{\{ (inputs\.cluster|github\.event\.number) \}\}$)/,
    );
  });

  it("is never cancelled for a newer one, and none that waits is dropped", () => {
    expect(concurrency).toMatchObject({ "cancel-in-progress": false, queue: "max" });
  });
});

it("finds jobs that change a cluster in every workflow that has some", () => {
  expect(new Set(changing.map(({ file }) => file))).toEqual(
    new Set([
      ".github/workflows/cluster-up.yml",
      ".github/workflows/teardown.yml",
      "examples/cluster-on-dispatch/cluster.yml",
      "examples/nightly-teardown/teardown.yml",
    ]),
  );
});

it("takes down what a pull request's network is called, in that network's group", () => {
  const up = ownWorkflow("test-network").jobs.digitalocean;
  const down = ownWorkflow("teardown").jobs["pull-request"];
  const cluster = "pr-$" + "{{ github.event.number }}";
  expect(up?.with?.cluster).toBe(cluster);
  expect(down?.steps?.at(-1)?.with?.cluster).toBe(cluster);
  expect(down?.concurrency?.group).toBe(`overbridge-${cluster}`);
  expect(ownWorkflow("cluster-up").concurrency?.group).toBe(GROUP);
});

it("keeps a called workflow and its caller out of one group, which would wait for itself", () => {
  expect(ownWorkflow("test-network").concurrency).toBeUndefined();
  expect(ownWorkflow("test-network").jobs.digitalocean?.concurrency).toBeUndefined();
});

it("skips no job that others can require, and starts none for a label: a skipped check counts as one that passed", () => {
  const required = workflowFiles.filter(({ file }) => /\/(ci|integration)\.yml$/.test(file));
  expect(required).toHaveLength(2);
  for (const { workflow } of required) {
    expect(JSON.stringify(workflow.on)).not.toContain("labeled");
    expect(Object.values(workflow.jobs).filter((job) => job.if !== undefined)).toEqual([]);
  }
});

it("needs no secret for a pull request's network of containers", () => {
  expect(JSON.stringify(ownWorkflow("integration").jobs.docker)).not.toContain("secrets.");
});

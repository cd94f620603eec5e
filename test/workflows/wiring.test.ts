import { describe, expect, it } from "vitest";
import { type Job, jobs, ownAction, ownWorkflow, readAction, steps, type Workflow } from "./workflow.ts";

function needsOf(job: Job): readonly string[] {
  return typeof job.needs === "string" ? [job.needs] : (job.needs ?? []);
}

/** Names that an expression takes of something: `needs.provision.outputs.hosts` gives `["provision", "hosts"]`. */
function references(value: unknown, kind: "needs" | "steps"): [string, string][] {
  const found = JSON.stringify(value ?? null).matchAll(
    new RegExp(`\\b${kind}\\.([\\w-]+)\\.outputs\\.([\\w-]+)`, "g"),
  );
  return [...found].map(([, from = "", output = ""]) => [from, output]);
}

function inputNames(
  workflow: Workflow,
): Record<string, Record<string, { default?: unknown; type?: string }>> {
  const on = workflow.on as Record<string, { inputs?: Record<string, { default?: unknown }> } | null>;
  return Object.fromEntries(Object.entries(on).map(([event, spec]) => [event, spec?.inputs ?? {}]));
}

const ourSteps = steps.filter(({ step }) => step.uses !== undefined && ownAction(step.uses) !== undefined);

describe.each(ourSteps)("$title", ({ step }) => {
  const action = readAction(ownAction(step.uses!)!);

  it("gives no input that the action does not have", () => {
    expect(Object.keys(step.with ?? {}).filter((name) => !(name in action.inputs))).toEqual([]);
  });

  it("gives every input that the action requires", () => {
    const required = Object.entries(action.inputs).filter(([, input]) => input.required);
    expect(required.map(([name]) => name).filter((name) => !(name in (step.with ?? {})))).toEqual([]);
  });
});

describe.each(jobs)("$title", ({ workflow, job }) => {
  it("takes outputs only of jobs that it waits for and that have them", () => {
    for (const [from, output] of references(job, "needs")) {
      expect(needsOf(job)).toContain(from);
      expect(Object.keys(workflow.jobs[from]?.outputs ?? {})).toContain(output);
    }
  });

  it("takes outputs only of steps whose action has them", () => {
    for (const [from, output] of references(job, "steps")) {
      const step = job.steps?.find(({ id }) => id === from);
      expect(Object.keys(readAction(ownAction(step?.uses ?? "")!).outputs)).toContain(output);
    }
  });

  it("uses only inputs that every way to start it has", () => {
    const used = [...JSON.stringify(job).matchAll(/\binputs\.([\w-]+)/g)].map(([, name]) => name!);
    const events = Object.values(inputNames(workflow)).filter((inputs) => Object.keys(inputs).length > 0);
    for (const name of used) for (const inputs of events) expect(Object.keys(inputs)).toContain(name);
  });
});

describe("cluster-up", () => {
  const workflow = ownWorkflow("cluster-up");
  const { check, build, provision, configure, verify } = workflow.jobs;
  const ours = (job: Job | undefined) => job?.steps?.find(({ uses }) => uses?.startsWith("./"));

  it("starts nothing before it knows that it can work", () => {
    for (const [name, job] of Object.entries(workflow.jobs)) {
      if (name !== "check") expect(needsOf(job).length).toBeGreaterThan(0);
    }
    expect(check?.needs).toBeUndefined();
    expect(check?.steps?.every(({ uses }) => uses === undefined)).toBe(true);
  });

  it("makes the matrix from provision's output", () => {
    expect(provision?.outputs?.matrix).toBe("$" + "{{ steps.provision.outputs.matrix }}");
    expect(configure?.strategy?.matrix).toBe("$" + "{{ fromJSON(needs.provision.outputs.matrix) }}");
    expect(ours(configure)?.with?.host).toBe("$" + "{{ matrix.host }}");
  });

  it("builds and provisions side by side, and configures with what came of both", () => {
    expect(needsOf(build!)).toEqual(["check"]);
    expect(needsOf(provision!)).toEqual(["check"]);
    expect(needsOf(configure!)).toEqual(["build", "provision"]);
    expect(ours(configure)?.with?.artifact).toBe("$" + "{{ needs.build.outputs.artifact }}");
  });

  it("skips no job that others wait for", () => {
    expect(Object.values(workflow.jobs).filter((job) => job.if !== undefined)).toEqual([]);
  });

  it("lets the other hosts go on when one fails", () => {
    expect(configure?.strategy?.["fail-fast"]).toBe(false);
  });

  it("gives the very same host list to every host and to verify", () => {
    const list = "$" + "{{ needs.provision.outputs.hosts }}";
    expect(ours(configure)?.with?.hosts).toBe(list);
    expect(ours(verify)?.with?.hosts).toBe(list);
  });

  it("lets verify show what the hosts cost, by what provision saw", () => {
    expect(provision?.outputs?.cost).toBe("$" + "{{ steps.provision.outputs.cost }}");
    expect(ours(verify)?.with?.cost).toBe("$" + "{{ needs.provision.outputs.cost }}");
  });

  it("verifies when every host is configured", () => {
    expect(needsOf(verify!)).toEqual(expect.arrayContaining(["provision", "configure"]));
  });

  it("gives the API's token to nobody but provision", () => {
    const withToken = Object.entries(workflow.jobs).filter(([, job]) =>
      job.steps?.some((step) => JSON.stringify(step.with ?? {}).includes("DIGITALOCEAN_ACCESS_TOKEN")),
    );
    expect(withToken.map(([name]) => name)).toEqual(["provision"]);
  });

  it("takes the same inputs by hand and from another workflow", () => {
    const { workflow_dispatch: byHand = {}, workflow_call: called = {} } = inputNames(workflow);
    const defaults = (inputs: Record<string, { default?: unknown }>) =>
      Object.entries(inputs).map(([name, input]) => [name, input.default]);
    expect(defaults(called)).toEqual(defaults(byHand));
    expect(Object.keys(byHand).length).toBeLessThanOrEqual(25);
  });

  it("hands on all that it takes", () => {
    for (const name of Object.keys(inputNames(workflow).workflow_call ?? {}))
      expect(JSON.stringify(workflow.jobs)).toContain(`{{ inputs.${name} }}`);
  });

  it("takes what provision's refusals say to give", () => {
    expect(ours(provision)?.with).toMatchObject({
      yes: "$" + "{{ inputs.yes }}",
      "max-hosts": "$" + "{{ inputs.max-hosts }}",
    });
  });

  it("has the defaults of the action", () => {
    const { inputs } = readAction("actions/provision/action.yml");
    for (const [name, { default: value }] of Object.entries(inputNames(workflow).workflow_call ?? {})) {
      // The action has no provider unless told, and Open vSwitch is the business of other actions.
      if (["provider", "ovs", "ovs-target"].includes(name)) continue;
      expect([name, String(value)]).toEqual([name, inputs[name]?.default ?? ""]);
    }
  });
});

it("passes to cluster-up what it takes", () => {
  const { workflow_call: inputs = {} } = inputNames(ownWorkflow("cluster-up"));
  const callers = jobs.filter(({ job }) => job.uses === "./.github/workflows/cluster-up.yml");
  expect(callers.map(({ title }) => title)).toEqual([".github/workflows/test-network.yml digitalocean"]);
  for (const { job } of callers) {
    expect(Object.keys(job.with ?? {}).filter((name) => !(name in inputs))).toEqual([]);
  }
});

import { describe, expect, it } from "vitest";
import { jobs, ownAction, steps, workflowFiles } from "./workflow.ts";

/** What a job may have beyond reading the repository, and why no less will do. */
const MORE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // Signing in as the workflow, and keeping what was signed.
  ".github/workflows/release.yml attest": { contents: "read", "id-token": "write", attestations: "write" },
  // Asking which pull requests are closed.
  ".github/workflows/teardown.yml expired": { contents: "read", "pull-requests": "read" },
  // Moving a tag.
  ".github/workflows/release.yml major-tag": { contents: "write" },
};

describe.each(workflowFiles)("$file", ({ text, workflow }) => {
  it("gives nothing to a job that asks for nothing", () => {
    expect(workflow.permissions).toEqual({});
  });

  it("says which version a pinned commit is", () => {
    for (const line of text.split("\n").filter((one) => /uses: .*@[0-9a-f]{40}/.test(one))) {
      expect(line).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it("never runs with a pull request's text and a repository's secrets at once", () => {
    expect(text).not.toMatch(/pull_request_target|workflow_run:/);
  });
});

describe.each(jobs)("$title", ({ title, job }) => {
  it("states its permissions, no more than it needs", () => {
    const checksOut = (job.steps ?? []).some(({ uses }) => uses?.startsWith("actions/checkout@"));
    const calls = job.uses !== undefined;
    expect(job.permissions).toEqual(MORE[title] ?? (checksOut || calls ? { contents: "read" } : {}));
  });

  it("ends some time", () => {
    expect(job.uses !== undefined || (job["timeout-minutes"] ?? 0) > 0).toBe(true);
  });

  it("passes on secrets by name", () => {
    expect(job.secrets).not.toBe("inherit");
  });
});

describe.each(steps)("$title", ({ step }) => {
  it("pins what is not ours to a commit", () => {
    if (step.uses === undefined || ownAction(step.uses) !== undefined) {
      expect(step.uses === undefined).toBe(step.run !== undefined);
    } else {
      expect(step.uses).toMatch(/^actions\/(checkout|attest)@[0-9a-f]{40}$/);
    }
  });

  it("puts no expression into a program: values come by the environment", () => {
    expect(step.run ?? "").not.toContain("$" + "{{");
  });

  it("leaves no token in a checkout", () => {
    if (step.uses?.startsWith("actions/checkout@")) expect(step.with?.["persist-credentials"]).toBe(false);
    else expect(JSON.stringify(step.with ?? {})).not.toContain("github.token");
  });

  it("gives secrets to actions as inputs, never to programs", () => {
    const values = Object.values(step.env ?? {});
    expect(values.filter((value) => value.includes("secrets.") && !value.includes("!= ''"))).toEqual([]);
  });
});

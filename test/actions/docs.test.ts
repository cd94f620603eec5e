import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { actions } from "../../actions/shared/all.ts";

const root = path.join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

interface Step {
  id?: string;
  uses?: string;
  with?: Record<string, unknown>;
}

function examplesIn(page: string): string[] {
  return [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);
}

/** The steps of the workflows in a page's examples that use an action, or the composite: its path under the root. */
function usesIn(page: string) {
  const examples = examplesIn(page).map((text) => parse(text));
  const jobs = examples.flatMap(({ jobs }) => Object.values(jobs) as { steps: Step[] }[]);
  return jobs
    .flatMap(({ steps }) => steps)
    .flatMap((step) => {
      const found = /^OWNER\/overbridge\/?(.*)@v1$/.exec(step.uses ?? "");
      return found ? [{ id: step.id, folder: found[1]!, given: step.with ?? {} }] : [];
    });
}

/** Every concurrency group in a page's examples. */
function groupsIn(page: string) {
  const examples = examplesIn(page).map((text) => parse(text));
  return examples
    .flatMap((example) => [example, ...Object.values(example.jobs)])
    .flatMap(({ concurrency }) => (concurrency === undefined ? [] : [concurrency]));
}

/** Each page with examples, and the action that it is about. */
const pages = [
  ...Object.values(actions).map(({ step }) => ({
    file: `docs/actions/${step}.md`,
    about: `actions/${step}`,
  })),
  { file: "docs/actions/overbridge.md", about: "" },
  { file: "README.md", about: "" },
];

describe.each(pages)("$file", ({ file, about }) => {
  const used = usesIn(read(file));

  test("has an example of its own action", () => {
    expect(used.map(({ folder }) => folder)).toContain(about);
  });

  test("gives inputs that the action has, and all that it requires", () => {
    for (const { folder, given } of used) {
      const { inputs } = parse(read(path.join(folder, "action.yml")));
      expect(Object.keys(given).filter((input) => !(input in inputs))).toEqual([]);
      const required = Object.keys(inputs).filter((input) => inputs[input].required);
      expect(required.filter((input) => !(input in given))).toEqual([]);
    }
  });

  test("takes only outputs that there are", () => {
    const taken = [
      ...examplesIn(read(file))
        .join("")
        .matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g),
    ];
    for (const [, step, output] of taken) {
      const { folder = "" } = used.find(({ id }) => id === step) ?? {};
      expect(Object.keys(parse(read(path.join(folder, "action.yml"))).outputs)).toContain(output);
    }
  });
});

test("every page with an example is looked at", () => {
  const all = readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.join("docs", file));
  const withExamples = ["README.md", ...all].filter((file) => examplesIn(read(file)).length > 0);
  expect(withExamples.toSorted()).toEqual(pages.map(({ file }) => file).toSorted());
});

test("nothing that waits for a cluster is dropped in an example", () => {
  const groups = pages.flatMap(({ file }) => groupsIn(read(file)));
  expect(groups.length).toBeGreaterThan(0);
  for (const concurrency of groups)
    expect(concurrency).toEqual({ group: expect.stringMatching(/^overbridge-/), queue: "max" });
});

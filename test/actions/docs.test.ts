import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { actions } from "../../actions/shared/all.ts";

const root = path.join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

interface Step {
  uses?: string;
  with?: Record<string, unknown>;
}

/** The steps of the workflows in a page's examples that use an action, or the composite: its path under the root. */
function usesIn(page: string) {
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => parse(text!));
  const jobs = examples.flatMap(({ jobs }) => Object.values(jobs) as { steps: Step[] }[]);
  return jobs
    .flatMap(({ steps }) => steps)
    .flatMap((step) => {
      const found = /^OWNER\/overbridge\/?(.*)@v1$/.exec(step.uses ?? "");
      return found ? [{ folder: found[1]!, given: step.with ?? {} }] : [];
    });
}

const pages = [...Object.values(actions).map(({ step }) => step), "overbridge"];

describe.each(pages)("docs/actions/%s.md", (name) => {
  const page = read(`docs/actions/${name}.md`);
  const used = usesIn(page);

  test("has an example of its own action", () => {
    expect(used.map(({ folder }) => folder)).toContain(name === "overbridge" ? "" : `actions/${name}`);
  });

  test("gives inputs that the action has, and all that it requires", () => {
    for (const { folder, given } of used) {
      const { inputs } = parse(read(path.join(folder, "action.yml")));
      expect(Object.keys(given).filter((input) => !(input in inputs))).toEqual([]);
      const required = Object.keys(inputs).filter((input) => inputs[input].required);
      expect(required.filter((input) => !(input in given))).toEqual([]);
    }
  });
});

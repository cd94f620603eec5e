import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const root = path.join(import.meta.dirname, "../..");
const read = (file: string) => parse(readFileSync(path.join(root, file), "utf8"));

interface Step {
  id?: string;
  if?: string;
  uses?: string;
  run?: string;
  with?: Record<string, string>;
}

const composite = read("action.yml");
const steps: Step[] = composite.runs.steps;
const nested = steps.filter(({ uses }) => uses !== undefined);
const actionOf = ({ uses = "" }: Step) =>
  read(path.join(uses.replace("./.overbridge/.action/", ""), "action.yml"));

describe("the composite action", () => {
  test("takes every other from the commit that it was taken from itself", () => {
    expect(nested.map(({ uses }) => uses)).toEqual(
      ["build-ovs", "provision", "configure", "verify"].map(
        (name) => `./.overbridge/.action/actions/${name}`,
      ),
    );
    expect(steps[0]?.run).toContain('cp -R "$GITHUB_ACTION_PATH/actions"');
  });

  test("has no text of an input in a shell program", () => {
    for (const { run } of steps) expect(run ?? "").not.toContain("${" + "{");
  });

  test.each(nested.map((step) => ({ step, id: step.id })))(
    "gives $id inputs that it has, and all it requires",
    ({ step }) => {
      const { inputs } = actionOf(step);
      expect(Object.keys(step.with ?? {}).filter((name) => !(name in inputs))).toEqual([]);
      const required = Object.keys(inputs).filter((name) => inputs[name].required);
      expect(required.filter((name) => !(name in (step.with ?? {})))).toEqual([]);
    },
  );

  test("refers only to inputs and outputs that there are", () => {
    const text = JSON.stringify(composite);
    const names = [...text.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name!);
    expect(names.filter((name) => !(name in composite.inputs))).toEqual([]);
    for (const [, id, output] of text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
      const step = nested.find((one) => one.id === id)!;
      expect(Object.keys(actionOf(step).outputs)).toContain(output);
    }
  });

  test("hands every input on to some step", () => {
    const given = JSON.stringify(steps);
    const unused = Object.keys(composite.inputs).filter((name) => !given.includes(`inputs.${name} `));
    expect(unused).toEqual([]);
  });

  test("gives no token to a step that does not need it", () => {
    const withToken = nested.filter((step) => JSON.stringify(step.with).includes("inputs.token"));
    expect(withToken.map(({ id }) => id)).toEqual(["provision"]);
  });
});

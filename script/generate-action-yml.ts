import { stringify } from "yaml";
import type { ActionDefinition } from "../actions/shared/definition.ts";
import { secretInputs } from "../actions/shared/secrets.ts";
import { describeInputs } from "../src/steps/describe.ts";

/** An input as an action's page and its action.yml have it. */
export interface ActionInput {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly default: string | undefined;
  readonly choices: readonly string[] | undefined;
}

/** An action's inputs: its step's, then the secret ones. */
export function inputsOf({ inputs, secrets }: ActionDefinition): ActionInput[] {
  const secret = secrets.map((name) => ({
    name,
    description: secretInputs[name].description,
    required: false,
    default: secretInputs[name].default,
    choices: undefined,
  }));
  return [
    ...describeInputs(inputs).map((field) => ({
      ...field,
      // An empty list is no default worth showing, and an absent input means the same.
      default: field.default || undefined,
    })),
    ...secret,
  ];
}

/** Inputs as action.yml has them. */
export function inputYml(inputs: readonly ActionInput[]) {
  return Object.fromEntries(
    inputs.map(({ name, description, required, default: value, choices }) => [
      name,
      {
        description: choices ? `${description}: ${choices.join(", ")}` : description,
        required,
        ...(value === undefined ? {} : { default: value }),
      },
    ]),
  );
}

/** Outputs as action.yml has them; `expression` where an action puts them together itself. */
export function outputYml(outputs: ActionDefinition["outputs"], expression?: (name: string) => string) {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, description]) => [
      name,
      { description, ...(expression ? { value: expression(name) } : {}) },
    ]),
  );
}

/** An action's action.yml. */
export function actionYml(action: ActionDefinition): string {
  const document = {
    name: `overbridge ${action.step}`,
    description: action.description,
    author: "overbridge",
    inputs: inputYml(inputsOf(action)),
    outputs: outputYml(action.outputs),
    runs: {
      using: "node24",
      main: "dist/index.js",
      ...(action.post ? { post: "dist/index.js" } : {}),
    },
    branding: { icon: "share-2", color: "blue" },
  };
  const heading = `# Made by script/generate from actions/${action.step}/action.ts and src/steps; edit those.\n`;
  return heading + stringify(document, { lineWidth: 0 });
}

import { stringify } from "yaml";
import type { ActionDefinition } from "../actions/shared/definition.ts";
import { type ActionInput, inputsOf, inputYml, outputYml } from "./generate-action-yml.ts";

/** Where the composite action's own steps find the others: a copy of them, in the job's workspace. */
const COPY = ".overbridge/.action";

/** What one step of the composite hands to the next, which its user does not give. */
const HANDED_ON = ["hosts", "host"];

export interface RootAction {
  readonly provision: ActionDefinition;
  readonly configure: ActionDefinition;
  readonly verify: ActionDefinition;
}

/** The composite action's inputs: those of its steps, each once. */
export function rootInputs({ provision, configure, verify }: RootAction): ActionInput[] {
  const own = inputsOf(provision);
  const later = [configure, verify].flatMap(inputsOf).filter(({ name }) => !HANDED_ON.includes(name));
  const byName = new Map([...later, ...own].map((input) => [input.name, input]));
  const order = [...new Set([...own, ...later].map(({ name }) => name))];
  return order.map((name) => byName.get(name)!);
}

/** What the composite action hands out. */
export function rootOutputs({ provision }: RootAction): Readonly<Record<string, string>> {
  const { hosts = "", digest = "", cluster = "" } = provision.outputs;
  return { hosts, digest, cluster };
}

function stepOf(action: ActionDefinition, handedOn: Readonly<Record<string, string>> = {}) {
  const given = inputsOf(action)
    .filter(({ name }) => Object.keys(handedOn).length === 0 || !HANDED_ON.includes(name))
    .map(({ name }) => [name, `\${{ inputs.${name} }}`]);
  return {
    id: action.step,
    uses: `./${COPY}/actions/${action.step}`,
    with: { ...Object.fromEntries(given), ...handedOn },
  };
}

/**
 * The composite action.yml in the repository's root: a whole cluster in one job.
 *
 * A path in `uses` is looked for in the workspace of whoever calls, so the actions are put there first: from the
 * very commit that the composite was taken from, on every runner, with cache, artifacts and `post` at work.
 */
export function rootActionYml(actions: RootAction): string {
  const output = (name: string) => `\${{ steps.provision.outputs.${name} }}`;
  const document = {
    name: "overbridge",
    description:
      "One layer-2 network for Docker containers on many hosts, brought up and verified in one job",
    author: "overbridge",
    inputs: inputYml(rootInputs(actions)),
    outputs: outputYml(rootOutputs(actions), output),
    runs: {
      using: "composite",
      steps: [
        {
          shell: "sh",
          run: [
            `rm -rf ${COPY}`,
            `mkdir -p ${COPY}`,
            `cp -R "$GITHUB_ACTION_PATH/actions" "$GITHUB_ACTION_PATH/package.json" ${COPY}/`,
            "",
          ].join("\n"),
        },
        stepOf(actions.provision),
        stepOf(actions.configure, { hosts: output("hosts"), host: "all" }),
        stepOf(actions.verify, { hosts: output("hosts") }),
      ],
    },
    branding: { icon: "share-2", color: "blue" },
  };
  return `# Made by script/generate from those of actions/; edit script/generate-root-action.ts.\n${stringify(document, { lineWidth: 0 })}`;
}

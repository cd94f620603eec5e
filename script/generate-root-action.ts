import { stringify } from "yaml";
import type { ActionDefinition } from "../actions/shared/definition.ts";
import { type ActionInput, inputsOf, inputYml, outputYml } from "./generate-action-yml.ts";

/** Where the composite action's own steps find the others: a copy of them, in the job's workspace. */
const COPY = ".overbridge/.action";

export interface StepActions {
  readonly buildOvs: ActionDefinition;
  readonly provision: ActionDefinition;
  readonly configure: ActionDefinition;
  readonly verify: ActionDefinition;
}

/** A step of the composite: which of its action's inputs the user gives, and what it is given from elsewhere. */
interface Step {
  readonly action: ActionDefinition;
  readonly inputs: readonly ActionInput[];
  readonly handedOn: Readonly<Record<string, string>>;
  readonly condition?: string;
}

/** The input that has packages built: it names what for. */
function buildInput({ buildOvs }: StepActions): ActionInput {
  const choices = inputsOf(buildOvs).find(({ name }) => name === "target")?.choices;
  const description =
    "Build Open vSwitch for hosts of this distribution, or take it from the cache (default: hosts install their own)";
  return { name: "build-ovs", description, required: false, default: undefined, choices };
}

const given = (name: string) => `\${{ inputs.${name} }}`;
const output = (name: string) => `\${{ steps.provision.outputs.${name} }}`;

function stepsOf({ buildOvs, provision, configure, verify }: StepActions): Step[] {
  const own = (action: ActionDefinition, handedOn: Readonly<Record<string, string>>) => ({
    action,
    inputs: inputsOf(action).filter(({ name }) => !(name in handedOn)),
    handedOn,
  });
  const source = ["source", "ovs-version", "sha256", "allow-unverified"];
  return [
    {
      action: buildOvs,
      inputs: inputsOf(buildOvs).filter(({ name }) => source.includes(name)),
      handedOn: { target: given("build-ovs"), upload: "false" },
      condition: "inputs.build-ovs != ''",
    },
    own(provision, {}),
    own(configure, {
      hosts: output("hosts"),
      host: "all",
      artifact: "",
      "ovs-packages": "${" + "{ steps.build-ovs.outputs.directory || inputs.ovs-packages }}",
    }),
    own(verify, { hosts: output("hosts"), cost: output("cost") }),
  ];
}

/** The composite action's inputs: those of its steps, each once. Where two have one of a name, provision's counts. */
export function rootInputs(actions: StepActions): ActionInput[] {
  const [build, provision, configure, verify] = stepsOf(actions).map(({ inputs }) => inputs);
  const packages = inputsOf(actions.configure).filter(({ name }) => name === "ovs-packages");
  const all = [provision, configure, packages, verify, [buildInput(actions)], build].flatMap(
    (inputs) => inputs ?? [],
  );
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}

/** What the composite action hands out. */
export function rootOutputs({ provision }: StepActions): Readonly<Record<string, string>> {
  const { hosts = "", digest = "", cluster = "", cost = "" } = provision.outputs;
  return { hosts, digest, cluster, cost };
}

function stepYml({ action, inputs, handedOn, condition }: Step) {
  return {
    id: action.step,
    ...(condition === undefined ? {} : { if: condition }),
    uses: `./${COPY}/actions/${action.step}`,
    with: { ...Object.fromEntries(inputs.map(({ name }) => [name, given(name)])), ...handedOn },
  };
}

/**
 * The composite action.yml in the repository's root: a whole cluster in one job.
 *
 * A path in `uses` is looked for in the workspace of whoever calls, so the actions are put there first: from the
 * very commit that the composite was taken from, on every runner, with cache, artifacts and `post` at work.
 */
export function rootActionYml(actions: StepActions): string {
  const copy = [
    `rm -rf ${COPY}`,
    `mkdir -p ${COPY}`,
    `cp -R "$GITHUB_ACTION_PATH/actions" "$GITHUB_ACTION_PATH/package.json" ${COPY}/`,
    "",
  ];
  const document = {
    name: "overbridge",
    description:
      "One layer-2 network for Docker containers on many hosts, brought up and verified in one job",
    author: "overbridge",
    inputs: inputYml(rootInputs(actions)),
    outputs: outputYml(rootOutputs(actions), output),
    runs: {
      using: "composite",
      steps: [{ shell: "sh", run: copy.join("\n") }, ...stepsOf(actions).map(stepYml)],
    },
    branding: { icon: "share-2", color: "blue" },
  };
  const heading = "# Made by script/generate from those of actions/; edit script/generate-root-action.ts.\n";
  return heading + stringify(document, { lineWidth: 0 });
}

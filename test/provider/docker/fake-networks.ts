import type { Engine } from "../../../src/docker/engine.ts";
import type { ProcessResult } from "../../../src/docker/process.ts";

interface Network {
  readonly id: string;
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly subnets: readonly string[];
  /** Whether its subnet was given, not picked. */
  readonly given: boolean;
}

/**
 * An engine that knows networks and nothing else.
 *
 * @param options.thieves so many times, somebody takes a subnet the moment it becomes free.
 */
export function fakeNetworks(options: { thieves?: number } = {}) {
  const networks: Network[] = [];
  let thieves = options.thieves ?? 0;
  let serial = 0;

  const free = () => {
    const taken = networks.flatMap(({ subnets }) => subnets);
    for (let second = 18; ; second++) {
      if (!taken.includes(`172.${second}.0.0/16`)) return `172.${second}.0.0/16`;
    }
  };
  const add = (name: string, labels: Record<string, string>, subnets: readonly string[]) => {
    const given = subnets.length > 0;
    networks.push({
      id: `${serial++}`.padStart(64, "0"),
      name,
      labels,
      given,
      subnets: given ? subnets : [free()],
    });
  };

  const verbs: Record<string, (args: readonly string[]) => string> = {
    create(args) {
      const valuesOf = (option: string) => args.filter((_, index) => args[index - 1] === option);
      const name = args.at(-1) ?? "";
      const subnets = valuesOf("--subnet");
      if (networks.some((network) => network.name === name))
        throw new Error(`network ${name} already exists`);
      if (networks.some((network) => network.subnets.some((subnet) => subnets.includes(subnet)))) {
        throw new Error("Pool overlaps with other one on this address space");
      }
      add(name, Object.fromEntries(valuesOf("--label").map((label) => label.split("="))), subnets);
      return "";
    },
    rm([target]) {
      const index = networks.findIndex(({ id, name }) => id === target || name === target);
      if (index < 0) throw new Error(`network ${target} not found`);
      const [gone] = networks.splice(index, 1);
      if (thieves > 0) {
        thieves--;
        add(`thief${thieves}`, {}, gone?.subnets ?? []);
      }
      return "";
    },
    inspect([target]) {
      const found = networks.filter(({ name }) => name === target);
      if (found.length === 0) throw new Error(`Error: No such network: ${target}`);
      const shown = found.map(({ id, name, labels, subnets }) => ({
        Id: id,
        Name: name,
        Labels: labels,
        Options: {},
        IPAM: { Config: subnets.map((Subnet) => ({ Subnet })) },
      }));
      return JSON.stringify(shown);
    },
  };

  async function attempt([, verb = "", ...args]: readonly string[]): Promise<ProcessResult> {
    try {
      return { code: 0, stdout: verbs[verb]?.(args) ?? "", stderr: "" };
    } catch (error) {
      return { code: 1, stdout: "[]\n", stderr: (error as Error).message };
    }
  }
  const engine: Engine = {
    attempt,
    async run(args) {
      const { code, stdout, stderr } = await attempt(args);
      if (code !== 0) throw new Error(stderr);
      return stdout;
    },
  };
  return { engine, networks };
}

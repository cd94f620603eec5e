import { readFileSync } from "node:fs";
import { Command } from "commander";
import type { z } from "zod";
import type { Context } from "../src/steps/context.ts";
import { clusterInputs, provisionInputs } from "../src/steps/inputs.ts";
import { parseInputs } from "../src/steps/parse.ts";
import { Store } from "../src/steps/store.ts";
import { buildOvsCommand } from "./commands/build-ovs.ts";
import { configureCommand } from "./commands/configure.ts";
import { planCommand } from "./commands/plan.ts";
import { provisionCommand } from "./commands/provision.ts";
import { execCommand, sshCommand } from "./commands/shell.ts";
import { statusCommand } from "./commands/status.ts";
import { teardownCommand } from "./commands/teardown.ts";
import { upCommand } from "./commands/up.ts";
import { verifyCommand } from "./commands/verify.ts";
import type { Definition } from "./define.ts";
import { addFlags } from "./flags.ts";
import type { Answer, Surroundings } from "./run.ts";

function version(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** What was remembered of the very inputs a command has too: configure's `host` is another than provision's. */
function sharedWith(schema: z.ZodObject, remembered: Readonly<Record<string, unknown>>) {
  const provision: z.ZodObject["shape"] = provisionInputs.shape;
  const isShared = ([key]: [string, unknown]) => key in provision && schema.shape[key] === provision[key];
  return Object.fromEntries(Object.entries(remembered).filter(isShared));
}

/** The command line, ready to parse. `tell` is called with what the command came to. */
export function buildCli(
  context: Context,
  surroundings: Surroundings,
  tell: (answer: Answer) => void,
): Command {
  const cli = new Command("overbridge")
    .description("One layer-2 network for Docker containers on many hosts.")
    .version(version())
    .showHelpAfterError("(overbridge COMMAND --help lists the flags)")
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
    })
    .exitOverride();

  const add = <Schema extends z.ZodObject>(definition: Definition<Schema>) => {
    const command = cli
      .command(definition.usage)
      .summary(definition.summary)
      .description(definition.summary)
      .aliases([...(definition.aliases ?? [])])
      .option("--json", "print one JSON document on standard output")
      .copyInheritedSettings(cli)
      .exitOverride();
    addFlags(command, definition.inputs);
    command.action(async (...given: unknown[]) => {
      const options = command.opts<Record<string, string | string[]>>();
      const cluster = parseInputs(clusterInputs, options, flag);
      const store = new Store(surroundings.cwd, cluster.cluster, cluster.hostsFile);
      const remembered = sharedWith(definition.inputs, await store.rememberedInputs());
      const inputs = parseInputs(definition.inputs, options, flag, remembered);
      const args = given
        .slice(0, -2)
        .flat()
        .filter((word): word is string => typeof word === "string");
      tell(await definition.run({ inputs, args, store, context }));
    });
  };
  add(upCommand);
  add(planCommand);
  add(provisionCommand);
  add(configureCommand);
  add(verifyCommand);
  add(statusCommand);
  add(sshCommand);
  add(execCommand);
  add(teardownCommand);
  add(buildOvsCommand);
  return cli;
}

const flag = (name: string) => `--${name}`;

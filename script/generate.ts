import { readFile, writeFile } from "node:fs/promises";
import { actions } from "../actions/shared/all.ts";
import { type ActionInput, actionYml, inputsOf } from "./generate-action-yml.ts";
import { rootActionYml, rootInputs, rootOutputs } from "./generate-root-action.ts";
import { inputsTable, outputsTable } from "./generate-tables.ts";

const isCheck = process.argv[2] === "--check";
const stale: string[] = [];

async function put(file: string, text: string, before: string | undefined): Promise<void> {
  if (text === before) return;
  stale.push(file);
  if (!isCheck) await writeFile(file, text);
}

/** The text with each part between `<!-- NAME -->` and `<!-- /NAME -->` replaced. */
function filled(file: string, text: string, parts: Readonly<Record<string, string>>): string {
  let result = text;
  for (const [name, part] of Object.entries(parts)) {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [result.indexOf(open), result.indexOf(close)];
    if (from < 0 || to < from) throw new Error(`${file}: expected ${open} and ${close}`);
    result = `${result.slice(0, from + open.length)}\n${part}\n${result.slice(to)}`;
  }
  return result;
}

/** Writes an action.yml, and the tables of its page. */
async function writeAction(
  file: string,
  yml: string,
  page: string,
  inputs: readonly ActionInput[],
  outputs: Readonly<Record<string, string>>,
): Promise<void> {
  await put(file, yml, await readFile(file, "utf8").catch(() => undefined));
  const before = await readFile(page, "utf8");
  const tables = { inputs: inputsTable(inputs), outputs: outputsTable(outputs) };
  await put(page, filled(page, before, tables), before);
}

for (const action of Object.values(actions)) {
  const { step, outputs } = action;
  await writeAction(
    `actions/${step}/action.yml`,
    actionYml(action),
    `docs/actions/${step}.md`,
    inputsOf(action),
    outputs,
  );
}
await writeAction(
  "action.yml",
  rootActionYml(actions),
  "docs/actions/overbridge.md",
  rootInputs(actions),
  rootOutputs(actions),
);

const word = isCheck ? "differs from what it is made from" : "written";
for (const file of stale) process.stderr.write(`generate: ${file} ${word}\n`);
if (isCheck && stale.length > 0) {
  process.stderr.write("generate: run ./script/generate and commit what it writes\n");
  process.exitCode = 1;
}

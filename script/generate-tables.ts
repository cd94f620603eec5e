import type { ActionDefinition } from "../actions/shared/definition.ts";
import type { ActionInput } from "./generate-action-yml.ts";

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** Inputs as a Markdown table. */
export function inputsTable(inputs: readonly ActionInput[]): string {
  const rows = inputs.map(({ name, description, required, default: value, choices }) => {
    const more = choices ? `: ${choices.map((choice) => `\`${choice}\``).join(", ")}` : "";
    const shown = required ? "**required**" : value === undefined ? "" : `\`${value}\``;
    return `| \`${name}\` | ${cell(description + more)} | ${cell(shown)} |`;
  });
  return ["| input | what it is | default |", "|---|---|---|", ...rows].join("\n");
}

/** Outputs as a Markdown table. */
export function outputsTable(outputs: ActionDefinition["outputs"]): string {
  const rows = Object.entries(outputs).map(([name, description]) => `| \`${name}\` | ${cell(description)} |`);
  return ["| output | what it is |", "|---|---|", ...rows].join("\n");
}

import { prelude } from "./prelude.ts";
import type { Property } from "./property.ts";
import { quote } from "./shell.ts";

export interface ProgramOptions {
  /** `run` changes what differs; `look` changes nothing and says what a run would change. */
  readonly mode: "run" | "look";
  /** Goes on to the next property after one failed; else the program ends there. */
  readonly persist?: boolean;
  /** Shell functions the properties share. */
  readonly library?: string;
}

/**
 * Compiles properties into one POSIX shell program, to be fed to `sh` on standard input.
 *
 * All of it is function definitions but for the last line, so that a program cut short on its way does
 * nothing at all.
 */
export function compile(properties: readonly Property[], options: ProgramOptions): string {
  const definitions = properties.flatMap((property, index) => [
    `# ${property.name}`,
    `look_${index}() {\n${property.look.trim()}\n}`,
    `change_${index}() {\n${property.change.trim()}\n}\n`,
  ]);
  return [
    `main() {`,
    `mode=${options.mode}`,
    `persist=${options.persist ? "yes" : "no"}`,
    prelude,
    options.library ?? "",
    ...definitions,
    "start",
    ...properties.map((property, index) => `property ${index} ${quote(property.name)}`),
    "finish",
    "}",
    "main",
    "",
  ].join("\n");
}

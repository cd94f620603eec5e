import { Failure } from "../errors.ts";
import type { Program } from "../host/host-program.ts";
import { parseSaying } from "../host/protocol.ts";
import type { Connection } from "../ssh/connection.ts";
import { rootShell } from "../ssh/root.ts";
import type { HostResult, PropertyResult } from "./configure.ts";
import type { Context } from "./context.ts";

/** What a run of a host program came to. */
export type ProgramResult = Pick<HostResult, "outcome" | "reason" | "properties" | "facts">;

/** Lines of a property's log that are kept, should the host send more than its program does. */
const MOST_LOG_LINES = 40;

/**
 * Runs a host program in one round trip and reports each property as the host tells of it. What the host
 * says is taken only for properties that are in the program.
 *
 * @throws Failure naming the host, where the program did not get to its end.
 */
export async function runProgram(
  connection: Connection,
  program: Program,
  context: Context,
): Promise<ProgramResult> {
  const host = connection.target.name;
  const { reporter } = context;
  const properties: PropertyResult[] = [];
  const facts: Record<string, string> = {};
  let log: string[] = [];
  let reason: string | undefined;
  let overall: "done" | "failed" | undefined;

  const onLine = (line: string) => {
    const saying = parseSaying(line);
    switch (saying?.kind) {
      case "begin":
        if (program.names.has(saying.property))
          reporter.report({ kind: "doing", host, text: saying.property });
        log = [];
        break;
      case "log":
        if (log.length < MOST_LOG_LINES) log.push(saying.text);
        break;
      case "fact":
        if (Object.keys(facts).length < 20) facts[saying.name] = saying.value;
        break;
      case "property": {
        const { property: name, outcome, ms } = saying;
        if (!program.names.has(name) || properties.some((known) => known.name === name)) break;
        properties.push({ name, outcome, ms });
        if (outcome === "failed") reason ??= `${name}: ${log.at(-1) ?? "no reason given"}`;
        reporter.report({
          kind: "property",
          host,
          property: name,
          outcome,
          ms,
          ...(outcome === "failed" ? { log } : {}),
        });
        break;
      }
      case "overall":
        overall = saying.outcome;
        reason ??= saying.outcome === "failed" ? (log.at(-1) ?? "no reason given") : undefined;
        break;
    }
  };

  const ended = await connection.run(rootShell(connection.target.user), {
    stdin: program.text,
    onLine,
    signal: context.signal,
  });
  if (overall === undefined) {
    const last = ended.stderr.trim().split("\n").at(-1);
    throw new Failure(
      `${host}: the host program ended early (${ended.signal ?? `exit code ${ended.code}`}${last ? `: ${last}` : ""})`,
      "run it again: what is done already stays done",
    );
  }
  return { outcome: overall, ...(overall === "failed" && reason ? { reason } : {}), properties, facts };
}

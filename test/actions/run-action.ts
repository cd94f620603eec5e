import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { vi } from "vitest";

// A process takes its time where others want the processor too.
vi.setConfig({ testTimeout: 60_000 });

const root = path.join(import.meta.dirname, "../..");

/** The Node that GitHub's runners start actions with, from the npm package `node`. */
export const node24 = path.join(root, "node_modules/node/bin/node");

export interface ActionRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The `::error` lines. */
  readonly errors: readonly string[];
  /** As other jobs get them: one that holds a masked value is dropped. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
}

export interface Given {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What an action's main left for its post. */
  readonly state?: Readonly<Record<string, string>>;
  /** Called with the process and all that it has printed so far, whenever it prints. */
  readonly onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Reads what `@actions/core` appended to a file: `NAME<<DELIMITER`, the value's lines, `DELIMITER`. */
function readFileCommands(text: string): Record<string, string> {
  const found = text.matchAll(/^(.+?)<<(ghadelimiter_\S+)\n([\s\S]*?)\n\2$/gm);
  return Object.fromEntries([...found].map(([, name, , value]) => [name, value]));
}

/** The outputs that GitHub hands on to other jobs. */
function handedOn(outputs: Readonly<Record<string, string>>, stdout: string): Record<string, string> {
  const masked = [...stdout.matchAll(/^::add-mask::(.+)$/gm)].map(([, value]) => decodeURIComponent(value!));
  const isClean = ([, value]: [string, string]) => !masked.some((secret) => value.includes(secret));
  return Object.fromEntries(Object.entries(outputs).filter(isClean));
}

/** A runner's job in a folder of its own, in which the bundles of actions are started as a runner starts them. */
export async function openJob() {
  const folder = await mkdtemp(path.join(tmpdir(), "overbridge-action-"));
  const workspace = path.join(folder, "workspace");
  await mkdir(workspace);

  async function run(action: string, given: Given = {}): Promise<ActionRun> {
    const files = { GITHUB_OUTPUT: "output", GITHUB_STATE: "state", GITHUB_STEP_SUMMARY: "summary" };
    const commands: Record<string, string> = {};
    for (const [name, file] of Object.entries(files)) {
      commands[name] = path.join(folder, file);
      await writeFile(commands[name], "");
    }
    const prefixed = (prefix: string, values: Readonly<Record<string, string>> = {}) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
    // Nothing of this process's own environment: a runner's is what an action gets, and all that it gets.
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      RUNNER_TEMP: folder,
      GITHUB_WORKSPACE: workspace,
      GITHUB_REPOSITORY: "octo/net",
      ...commands,
      ...Object.fromEntries(
        Object.entries(given.inputs ?? {}).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
      ...prefixed("STATE_", given.state),
      ...given.env,
    };
    const bundle = path.join(root, "actions", action, "dist/index.js");
    const child = spawn(node24, [bundle], { cwd: workspace, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      given.onOutput?.(stdout, (signal) => child.kill(signal));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const read = (name: string) => readFile(commands[name]!, "utf8");
    return {
      exitCode,
      stdout,
      stderr,
      errors: stdout.split("\n").filter((line) => line.startsWith("::error")),
      outputs: handedOn(readFileCommands(await read("GITHUB_OUTPUT")), stdout),
      state: readFileCommands(await read("GITHUB_STATE")),
      summary: await read("GITHUB_STEP_SUMMARY"),
    };
  }

  return { folder, workspace, run, remove: () => rm(folder, { recursive: true, force: true }) };
}

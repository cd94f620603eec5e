import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

interface Concurrency {
  readonly group: string;
  readonly "cancel-in-progress"?: boolean | string;
  readonly queue?: string;
}

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>> | "inherit";
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: Concurrency;
  readonly strategy?: { readonly "fail-fast"?: boolean; readonly matrix: unknown };
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  readonly "timeout-minutes"?: number;
}

interface InputSpec {
  readonly type?: string;
  readonly default?: unknown;
  readonly required?: boolean;
}

export interface Workflow {
  readonly on: unknown;
  readonly permissions?: unknown;
  readonly concurrency?: Concurrency;
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface WorkflowFile {
  /** Relative to the repository's root. */
  readonly file: string;
  readonly text: string;
  readonly workflow: Workflow;
}

const root = path.join(import.meta.dirname, "../..");

function read(file: string): WorkflowFile {
  const text = readFileSync(path.join(root, file), "utf8");
  return { file, text, workflow: parse(text) as Workflow };
}

function ymlFiles(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yml"))
    .map((file) => path.join(folder, file))
    .sort();
}

/** A workflow of the repository's own, by name. */
export function ownWorkflow(name: string): Workflow {
  return read(`.github/workflows/${name}.yml`).workflow;
}

/** The repository's own workflows, then those in examples. */
export const workflowFiles: readonly WorkflowFile[] = [
  ...ymlFiles(".github/workflows"),
  ...ymlFiles("examples"),
].map(read);

/** Every job of every workflow, with a name for a test's title. */
export const jobs = workflowFiles.flatMap(({ file, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({
    title: `${file} ${name}`,
    file,
    workflow,
    name,
    job,
  })),
);

/** Every step of every job. */
export const steps = jobs.flatMap(({ title, file, workflow, job }) =>
  (job.steps ?? []).map((step, index) => ({
    title: `${title} step ${index + 1}`,
    ...{ file, workflow, job, step },
  })),
);

/**
 * Where in the repository the action that a `uses` names is: a path in our own workflows, `OWNER/overbridge…` in
 * examples; nothing for somebody else's action.
 */
export function ownAction(uses: string): string | undefined {
  if (uses.startsWith("./")) return path.join(uses.slice(2), "action.yml");
  const [, folder] = /^OWNER\/overbridge((?:\/[a-z-]+)*)@v\d+$/.exec(uses) ?? [];
  return folder === undefined ? undefined : path.join(folder.slice(1), "action.yml");
}

export interface Action {
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** An action.yml of ours. */
export function readAction(file: string): Action {
  return parse(readFileSync(path.join(root, file), "utf8")) as Action;
}

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { actions } from "../../actions/shared/all.ts";
import { afterInterruption, Failure, InputError } from "../../src/errors.ts";
import { openJob } from "./run-action.ts";

let job: Awaited<ReturnType<typeof openJob>>;
beforeEach(async () => {
  job = await openJob();
});
afterEach(() => job.remove());

test("whatever ends a step that was asked to stop is an interruption, unless the step has said more", () => {
  const stop = new AbortController();
  const thrown = new Error("interrupted by SIGINT");
  expect(afterInterruption(thrown, stop.signal, "run it again")).toBe(thrown);
  stop.abort(thrown);
  const told = afterInterruption(thrown, stop.signal, "run it again");
  expect(told).toBeInstanceOf(Failure);
  expect(told).toMatchObject({ message: "interrupted", hint: "run it again", exitCode: 1 });
  for (const stated of [new Failure("interrupted; 3 droplets are there"), new InputError("hosts: none")])
    expect(afterInterruption(stated, stop.signal, "run it again")).toBe(stated);
});

/** Runs an action whose job is cancelled as soon as it asks docker for something, which takes its time. */
async function cancel(action: string, inputs: Record<string, string>) {
  const folder = path.join(job.folder, "bin");
  await mkdir(folder);
  const lines = ["#!/bin/sh", "kill -INT $PPID", "exec sleep 600", ""];
  await writeFile(path.join(folder, "docker"), lines.join("\n"), { mode: 0o755 });
  return job.run(action, { inputs, env: { PATH: `${folder}:${process.env.PATH}` } });
}

test.each([
  [actions.provision, { cluster: "mine", provider: "docker" }],
  [actions.teardown, { cluster: "mine", provider: "docker" }],
])("$step that is cancelled is no bug, and says what to do", async ({ step, interrupted }, inputs) => {
  const { exitCode, stdout, errors } = await cancel(step, inputs);
  expect(errors).toEqual([
    expect.stringMatching(new RegExp(`^::error title=overbridge ${step}%3A failed::interrupted`)),
  ]);
  expect(stdout).not.toMatch(/a bug in overbridge|\n\s+at /);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe(`What to do: ${interrupted}`);
  expect(exitCode).toBe(1);
});

test("a provision that is cancelled has refused nothing: its post removes what it has made", async () => {
  const { state } = await cancel("provision", { provider: "docker", teardown: "post" });
  expect(state).toEqual({ "main-began": "true", "inputs-read": "true" });
});

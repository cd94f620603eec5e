import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ownWorkflow } from "./workflow.ts";

/** Runs the program of a job's only step as a runner does. */
function run(workflow: string, job: string, env: Readonly<Record<string, string>>) {
  const program = ownWorkflow(workflow).jobs[job]?.steps?.[0]?.run ?? "";
  return new Promise<{ code: number; stdout: string }>((resolve) => {
    const options = { env: { PATH: process.env.PATH, ...env } };
    execFile("bash", ["-e", "-c", program], options, (error, stdout) => {
      resolve({ code: error ? Number(error.code) : 0, stdout });
    });
  });
}

describe("cluster-up's check", () => {
  const all = { HAS_TOKEN: "true", HAS_SECRET: "true", HAS_KEY: "true" };

  it("refuses provider docker, with the reason and what to use instead", async () => {
    const { code, stdout } = await run("cluster-up", "check", { ...all, PROVIDER: "docker" });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^::error title=cluster-up: wrong input, nothing was started::provider docker: /);
    expect(stdout).toContain("on one runner");
    expect(stdout).toContain("the action in the repository's root");
  });

  it.each(["digitalocean", "static"])("lets provider %s through", async (provider) => {
    expect(await run("cluster-up", "check", { ...all, PROVIDER: provider })).toEqual({ code: 0, stdout: "" });
  });

  it.each([
    ["digitalocean", "HAS_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN"],
    ["digitalocean", "HAS_SECRET", "OVERBRIDGE_SECRET"],
    ["static", "HAS_KEY", "OVERBRIDGE_SSH_KEY"],
  ])("names the secret that provider %s lacks without %s", async (provider, has, secret) => {
    const { code, stdout } = await run("cluster-up", "check", { ...all, [has]: "false", PROVIDER: provider });
    expect(code).toBe(2);
    expect(stdout).toContain(`needs the secret ${secret}`);
  });

  it("never repeats a provider that it does not know", async () => {
    const { code, stdout } = await run("cluster-up", "check", { ...all, PROVIDER: "x\n::warning::y" });
    expect(code).toBe(2);
    expect(stdout).not.toContain("::warning::");
  });
});

describe("release's major tag", () => {
  let folder: string;
  let log: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "overbridge-release-"));
    log = path.join(folder, "log");
    writeFileSync(log, "");
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A `gh` that knows tags and refuses to move those that are not there; what else it is asked is in the log. */
  async function release(tag: string, tags: readonly string[]) {
    const gh = path.join(folder, "gh");
    writeFileSync(
      gh,
      `#!/bin/sh
case $* in
  *matching-refs*) printf '%s\\n' ${tags.join(" ")} ;;
  *PATCH*) echo "$*" >>"${log}"; case " ${tags.join(" ")} " in *" \${4##*/} "*) ;; *) exit 1 ;; esac ;;
  *) echo "$*" >>"${log}" ;;
esac
`,
    );
    chmodSync(gh, 0o755);
    const ran = await run("release", "major-tag", {
      PATH: `${folder}:${process.env.PATH}`,
      GITHUB_REF_NAME: tag,
      GITHUB_REPOSITORY: "owner/overbridge",
      GITHUB_SHA: "c0ffee",
    });
    return { ...ran, asked: readFileSync(log, "utf8").split("\n").filter(Boolean) };
  }

  it("moves to the newest release of its major version", async () => {
    const { code, asked } = await release("v1.10.0", ["v1", "v1.9.0", "v1.10.0"]);
    expect(code).toBe(0);
    expect(asked).toEqual([
      "api --method PATCH repos/owner/overbridge/git/refs/tags/v1 -f sha=c0ffee -F force=true",
    ]);
  });

  it("is made with the first release of its major version", async () => {
    const { code, asked } = await release("v2.0.0", ["v2.0.0"]);
    expect(code).toBe(0);
    expect(asked.at(-1)).toBe(
      "api --method POST repos/owner/overbridge/git/refs -f ref=refs/tags/v2 -f sha=c0ffee",
    );
  });

  it("stays where a newer release has it", async () => {
    const { code, stdout, asked } = await release("v1.9.1", ["v1", "v1.9.1", "v1.10.0"]);
    expect(code).toBe(0);
    expect(stdout).toContain("v1 stays: v1.10.0 is newer than v1.9.1");
    expect(asked).toEqual([]);
  });
});

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { buildCli } from "../../cli/cli.ts";

const root = path.join(import.meta.dirname, "../..");
const readme = readFileSync(path.join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
  language,
  text: text!,
}));

/** A name that no other run has. */
const RUN = "run-$" + "{{ github.run_id }}";

test("opens with what gives a pull request three hosts, in fifteen lines", () => {
  const before = readme.slice(0, readme.indexOf("```")).trim().split("\n\n");
  expect(before).toHaveLength(2);
  const [{ language, text } = { language: "", text: "" }] = blocks;
  expect(language).toBe("yaml");
  expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(15);
  const workflow = parse(text);
  expect(workflow.on).toBe("pull_request");
  expect(text).not.toContain("secrets.");
  const steps = Object.values(workflow.jobs as Record<string, { steps: object[] }>).flatMap(
    (job) => job.steps,
  );
  expect(steps).toContainEqual({
    uses: "OWNER/overbridge@v1",
    with: { cluster: RUN, provider: "docker", hosts: 3, teardown: "post" },
  });
  // Hosts are called after their cluster, which on a machine of several jobs has to be the job's own.
  expect(steps).toContainEqual({ run: expect.stringContaining(`docker exec overbridge-${RUN}-host1 `) });
});

test("has commands and flags that there are", () => {
  const nothing = { write: () => true } as unknown as NodeJS.WritableStream;
  const { signal } = new AbortController();
  const reporter = { report() {}, close() {} };
  const surroundings = { stdout: nothing, stderr: nothing, env: {}, cwd: root, signal };
  const cli = buildCli({ reporter, signal, env: {} }, surroundings, () => {});
  const lines = blocks.flatMap(({ language, text }) => (language === "sh" ? text.split("\n") : []));
  const typed = lines.flatMap((line) => /^npx overbridge ([^#]*)/.exec(line)?.[1]?.split(" -- ")[0] ?? []);
  expect(typed.length).toBeGreaterThan(4);
  for (const line of typed) {
    const [name = ""] = line.split(" ");
    const command = cli.commands.find((one) => one.name() === name || one.aliases().includes(name));
    const flags = command?.options.map(({ long }) => long);
    for (const [flag] of line.matchAll(/--[a-z-]+/g)) expect(flags).toContain(flag);
    expect([name, command?.name()]).not.toContain(undefined);
  }
  const table = [...readme.matchAll(/^\| `overbridge ([a-z-]+)/gm)].map(([, name]) => name);
  expect(table.toSorted()).toEqual(cli.commands.map((command) => command.name()).toSorted());
});

test("links to what is there", () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)/g)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((link) => !existsSync(path.join(root, link)))).toEqual([]);
});

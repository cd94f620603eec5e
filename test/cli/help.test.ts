import { describe, expect, test } from "vitest";
import { describeInputs } from "../../src/steps/describe.ts";
import { upInputs } from "../../src/steps/inputs.ts";
import { playCli } from "./run.ts";

describe("help", () => {
  test("lists every command", async () => {
    const cli = await playCli();
    const { exitCode, stdout } = await cli.run("--help");
    await cli.remove();
    expect(exitCode).toBe(0);
    for (const command of [
      "up",
      "plan",
      "provision",
      "configure",
      "verify",
      "status",
      "ssh",
      "exec",
      "teardown|down",
    ])
      expect(stdout).toMatch(new RegExp(`^  ${command.replace("|", "\\|")} `, "m"));
  });

  test("of a command has a flag for every input", async () => {
    const cli = await playCli();
    const { stdout } = await cli.run("up", "--help");
    await cli.remove();
    for (const { name } of describeInputs(upInputs)) expect(stdout).toContain(`--${name}`);
  });
});

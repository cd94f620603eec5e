import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { confirmOn } from "../../cli/confirm.ts";

const terminal = () => Object.assign(new PassThrough(), { isTTY: true });

test.each([
  ["y\n", true],
  ["Yes\n", true],
  ["n\n", false],
  ["\n", false],
  ["yesterday\n", false],
])("an answer of %j is %s", async (text, agreed) => {
  const [input, output] = [terminal(), terminal()];
  const answer = confirmOn(input, output, new AbortController().signal)?.("Remove host3?");
  input.write(text);
  expect(await answer).toBe(agreed);
  expect(String(output.read())).toBe("Remove host3? [y/N] ");
});

test("the end of the input is a no", async () => {
  const input = terminal();
  const answer = confirmOn(input, terminal(), new AbortController().signal)?.("Remove host3?");
  input.end();
  expect(await answer).toBe(false);
});

test("a process that is asked to stop waits no longer", async () => {
  const stop = new AbortController();
  const answer = confirmOn(terminal(), terminal(), stop.signal)?.("Remove host3?");
  stop.abort();
  await expect(answer).rejects.toThrow("interrupted; nothing was changed");
});

test("nobody is asked unless question and answer are on a terminal", () => {
  const { signal } = new AbortController();
  expect(confirmOn(undefined, terminal(), signal)).toBeUndefined();
  expect(confirmOn(new PassThrough(), terminal(), signal)).toBeUndefined();
  expect(confirmOn(terminal(), new PassThrough(), signal)).toBeUndefined();
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { printing, quote } from "../../src/host/shell.ts";
import { sh } from "./run-sh.ts";

/** Text that sh can be given: no NUL, and well-formed, since it passes through UTF-8. */
const text = fc
  .array(
    fc.oneof(
      fc.string(),
      fc.constantFrom("'", '"', "$(id)", "`id`", "\\", "\n", "EOF", "EOF_\n", "\nEOF\n", "!", "*"),
    ),
  )
  .map((parts) => parts.join("").replaceAll("\0", ""));

test("a quoted word is exactly its text", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 20 }), async (words) => {
      const { stdout } = await sh(`printf '%s\\0' x ${words.map(quote).join(" ")}`, "/");
      expect(stdout.split("\0").slice(1, -1)).toEqual(words);
    }),
    { numRuns: 60 },
  );
});

test("a printed text is exactly itself, whatever is in it", async () => {
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      const { stdout } = await sh(`${printing(content)}\n`, "/");
      expect(stdout).toBe(content.endsWith("\n") ? content : `${content}\n`);
    }),
    { numRuns: 60 },
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSaying } from "../../src/host/protocol.ts";

test.each([
  ["@overbridge\tbegin\tbridge present", { kind: "begin", property: "bridge present" }],
  ["@overbridge\tproperty\tok\t12\tp", { kind: "property", outcome: "ok", ms: 120, property: "p" }],
  ["@overbridge\tlog\tE: no\tsuch", { kind: "log", text: "E: no such" }],
  ["@overbridge\tfact\tmtu\t1458", { kind: "fact", name: "mtu", value: "1458" }],
  ["@overbridge\toverall\tdone", { kind: "overall", outcome: "done" }],
])("reads %j", (line, saying) => {
  expect(parseSaying(line)).toEqual(saying);
});

test.each([
  "",
  "property\tok\t12\tp",
  "@overbridge\tproperty\tfine\t12\tp",
  "@overbridge\tproperty\tok\t-1\tp",
  "@overbridge\tproperty\tok\t12",
  "@overbridge\toverall\tperhaps",
  "@overbridge\tnonsense\tx",
  "@overbridge\tlog\t\u001b[31mred",
  `@overbridge\tlog\t${"x".repeat(2000)}`,
])("takes %j for no saying", (line) => {
  expect(parseSaying(line)).toBeUndefined();
});

test("never throws, and lets no control character through", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (rest) => {
      const saying = parseSaying(`@overbridge\tlog\t${rest}`);
      if (saying?.kind === "log") expect(saying.text).not.toMatch(/\p{Cc}/u);
    }),
  );
});

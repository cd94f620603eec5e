import fc from "fast-check";
import { expect, test } from "vitest";
import { type ActionsLog, actionsReporter, harmless } from "../../src/report/actions.ts";
import type { Event } from "../../src/report/reporter.ts";

/** What a run of events is told as. */
function told(events: readonly Event[]): string[] {
  const lines: string[] = [];
  const log: ActionsLog = {
    info: (text) => lines.push(text),
    startGroup: (title) => lines.push(`[ ${title}`),
    endGroup: () => lines.push("]"),
    warning: (text, { title }) => lines.push(`! ${title}: ${text}`),
  };
  const reporter = actionsReporter(log);
  for (const event of events) reporter.report(event);
  reporter.close();
  return lines;
}

test("a group a phase, closed at the end", () => {
  expect(
    told([
      { kind: "phase", title: "Provisioning" },
      { kind: "note", text: "one" },
      { kind: "phase", title: "Configuring" },
      { kind: "overall", host: "host1", outcome: "done", text: "3 changed" },
    ]),
  ).toEqual(["[ Provisioning", "one", "]", "[ Configuring", "host1 overall ... done (3 changed)", "]"]);
});

test("what a host waits for is told once, not once a second", () => {
  const waiting = [1, 2, 3].map(
    (s): Event => ({ kind: "doing", host: "host1", text: `waiting for sshd: ${s} s` }),
  );
  expect(told(waiting)).toEqual(["host1 waiting for sshd: 1 s"]);
});

test("warnings are annotations with what to do; GitHub shows ten, so the others stay in the log", () => {
  const lines = told(
    Array.from({ length: 12 }, (_, n): Event => ({ kind: "warning", text: `w${n}`, hint: "look" })),
  );
  expect(lines.filter((line) => line.startsWith("! "))).toHaveLength(10);
  expect(lines[0]).toBe("! overbridge: w0\nWhat to do: look");
  expect(lines.slice(10)).toEqual(["warning: w10", "hint: look", "warning: w11", "hint: look"]);
});

test("nothing that a host says is a command to the runner", () => {
  const line = fc.string({ unit: fc.constantFrom(":", "#", "[", "]", " ", "\t", "\n", "a", "\r") });
  fc.assert(
    fc.property(line, (text) => {
      for (const shown of harmless(text).split(/[\r\n]/)) {
        expect(shown.trimStart().startsWith("::")).toBe(false);
        expect(shown).not.toContain("##[");
      }
    }),
  );
});

test("what is no command is shown as it is", () => {
  expect(harmless("2001:db8::1 is up\n# [x]")).toBe("2001:db8::1 is up\n# [x]");
});

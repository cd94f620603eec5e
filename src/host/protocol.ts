/** What a host program says on standard output, line by line. */
export type Saying =
  | { kind: "begin"; property: string }
  | { kind: "property"; property: string; outcome: "ok" | "changed" | "would" | "failed"; ms: number }
  | { kind: "log"; text: string }
  | { kind: "fact"; name: string; value: string }
  | { kind: "overall"; outcome: "done" | "failed" };

const OUTCOMES = ["ok", "changed", "would", "failed"] as const;

/**
 * Reads one line of a host program's output. Hosts are not believed: whatever is not exactly of the
 * protocol's form is undefined, and control characters do not get through.
 */
export function parseSaying(line: string): Saying | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being looked for.
  if (line.length > 1000 || /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/.test(line)) return undefined;
  const [mark, kind, ...words] = line.split("\t");
  if (mark !== "@overbridge") return undefined;
  const [first = "", second = "", third = ""] = words;
  switch (kind) {
    case "begin":
      return words.length === 1 ? { kind, property: first } : undefined;
    case "property": {
      const outcome = OUTCOMES.find((known) => known === first);
      if (words.length !== 3 || outcome === undefined || !/^\d{1,9}$/.test(second)) return undefined;
      return { kind, outcome, ms: Number(second) * 10, property: third };
    }
    case "log":
      return { kind, text: words.join(" ") };
    case "fact":
      return words.length === 2 ? { kind, name: first, value: second } : undefined;
    case "overall":
      return words.length === 1 && (first === "done" || first === "failed")
        ? { kind, outcome: first }
        : undefined;
    default:
      return undefined;
  }
}

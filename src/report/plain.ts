import pico from "picocolors";
import { linesOf } from "./lines.ts";
import type { Reporter } from "./reporter.ts";

/** A stream to tell things on: standard error, or a test's. */
export type Output = NodeJS.WritableStream & { isTTY?: boolean; rows?: number; columns?: number };

/** Plain lines as things happen, for a pipe, a file or a log. What a host is doing is told once, not per second. */
export function plainReporter(output: Pick<Output, "write">): Reporter {
  const colors = pico.createColors(false);
  const told = new Map<string, string>();
  return {
    report(event) {
      if (event.kind === "doing") {
        const what = event.text.replace(/:? *\d+(\.\d+)? s$/, "");
        if (told.get(event.host) === what) return;
        told.set(event.host, what);
      }
      for (const line of linesOf(event, colors)) output.write(`${line}\n`);
    },
    close() {},
  };
}

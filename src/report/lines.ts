import type { Colors } from "picocolors/types.js";
import type { Event, Outcome } from "./reporter.ts";

/** Seconds as a person reads them: `0.4 s`, `75 s`. @param ms milliseconds */
export function seconds(ms: number): string {
  return ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

const WORDS: Record<Outcome, string> = {
  ok: "ok",
  changed: "changed",
  would: "would change",
  failed: "failed",
};

/** The lines that tell of an event, without a newline at their ends. Every face but JSON shows these. */
export function linesOf(event: Event, colors: Colors): string[] {
  const paint = { ok: colors.dim, changed: colors.yellow, would: colors.yellow, failed: colors.red };
  const about = "host" in event && event.host ? `${colors.bold(event.host)} ` : "";
  switch (event.kind) {
    case "phase":
      return [colors.bold(event.title)];
    case "doing":
      return [`${about}${event.text}`];
    case "property": {
      const outcome = paint[event.outcome](WORDS[event.outcome]);
      const line = `${about}${event.property} ... ${outcome} ${colors.dim(`(${seconds(event.ms)})`)}`;
      return [line, ...(event.log ?? []).map((text) => `${about}${colors.dim("|")} ${text}`)];
    }
    case "overall": {
      const outcome = event.outcome === "done" ? colors.green("done") : colors.red("failed");
      return [`${about}overall ... ${outcome}${event.text ? ` ${colors.dim(`(${event.text})`)}` : ""}`];
    }
    case "note":
      return [`${about}${event.text}`];
    case "warning":
      return [
        `${about}${colors.yellow("warning:")} ${event.text}`,
        ...(event.hint ? [`${about}${colors.dim("hint:")} ${event.hint}`] : []),
      ];
  }
}

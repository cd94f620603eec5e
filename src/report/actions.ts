import { plainReporter } from "./plain.ts";
import type { Event, Reporter } from "./reporter.ts";

/** The part of `@actions/core` that this face speaks through. */
export interface ActionsLog {
  info(text: string): void;
  startGroup(title: string): void;
  endGroup(): void;
  warning(text: string, properties: { title: string }): void;
}

/** GitHub shows ten annotations of a type a step and drops the rest without a word. */
export const MOST_ANNOTATIONS = 10;

/**
 * Text as the runner shows it and never obeys it: a line that begins with `::`, or has `##[` anywhere, is a
 * command to the runner, and what is told may come from a host.
 */
export function harmless(text: string): string {
  return text.replaceAll("##[", "## [").replace(/^(\s*):(?=:)/gm, "$1: ");
}

/** A text for an annotation, with what to do about it in a line of its own. */
export function withHint(text: string, hint: string | undefined): string {
  return hint ? `${text}\nWhat to do: ${hint}` : text;
}

/** The face in a workflow's log: a group a phase, plain lines, warnings as annotations. */
export function actionsReporter(log: ActionsLog): Reporter {
  const plain = plainReporter({
    write(text) {
      log.info(harmless(String(text).replace(/\n$/, "")));
      return true;
    },
  });
  let isOpen = false;
  let warnings = 0;

  function close() {
    if (isOpen) log.endGroup();
    isOpen = false;
  }

  function warn(event: Extract<Event, { kind: "warning" }>) {
    warnings += 1;
    // One too many for an annotation still has its line in the log.
    if (warnings > MOST_ANNOTATIONS) plain.report(event);
    else log.warning(withHint(event.text, event.hint), { title: event.host ?? "overbridge" });
  }

  return {
    report(event) {
      if (event.kind === "warning") warn(event);
      else if (event.kind !== "phase") plain.report(event);
      else {
        close();
        log.startGroup(event.title);
        isOpen = true;
      }
    },
    close,
  };
}

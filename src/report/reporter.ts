/** How one property of one host came out. `would` is what a plan says where a run would change it. */
export type Outcome = "ok" | "changed" | "would" | "failed";

/** Something worth telling while a step runs. Plain data: a face decides how it looks. */
export type Event =
  /** A new part of the step begins, e.g. `Provisioning 3 hosts`. */
  | { kind: "phase"; title: string }
  /** What a host is doing right now; replaces the last such text, e.g. `waiting for sshd: 4 s`. */
  | { kind: "doing"; host: string; text: string }
  /** A property was looked at, and changed where it differed. `ms` milliseconds, `log` the last lines of a failed one. */
  | {
      kind: "property";
      host: string;
      property: string;
      outcome: Outcome;
      ms: number;
      log?: readonly string[];
    }
  /** A host is through. */
  | { kind: "overall"; host: string; outcome: "done" | "failed"; text: string }
  /** A line worth keeping that belongs to no host or to one. */
  | { kind: "note"; text: string; host?: string }
  | { kind: "warning"; text: string; host?: string; hint?: string };

/** One interface, a terminal and an Actions face. Never throws; never sees a secret. */
export interface Reporter {
  report(event: Event): void;
  /** Ends live output, so that what is printed next starts on a line of its own. */
  close(): void;
}

/**
 * One thing that must be so on a host, in POSIX sh. The program looks first and changes only what differs,
 * so a second run changes nothing, and a run that was killed halfway is finished by the next one.
 */
export interface Property {
  /** Names it in progress and results; unique in a program. */
  readonly name: string;
  /** Commands that succeed where it is so already. They change nothing, and run before tools are installed too. */
  readonly look: string;
  /** Commands that make it so (under `set -eu`). `look` runs once more after them and has the last word. */
  readonly change: string;
  /** How to take it back; absent where it stays (a package, a running service). */
  readonly undo?: {
    /** Commands that succeed where there is nothing to take back. */
    readonly look: string;
    readonly change: string;
  };
}

/**
 * The properties that take others back, in the opposite order: what stands on something goes before it.
 * Properties without an `undo` stay as they are.
 */
export function undone(properties: readonly Property[]): Property[] {
  return properties.toReversed().flatMap(({ name, undo }) => (undo ? [{ name: `no ${name}`, ...undo }] : []));
}

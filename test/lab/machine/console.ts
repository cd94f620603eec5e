import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { lastLines } from "./tools.ts";

/** What a machine has printed on its serial console, which qemu writes to a file. */
export class Console {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The kernel's boot id of every boot so far, in order. */
  bootIds(): string[] {
    return [...this.#text().matchAll(/\bboot_id ([0-9a-f-]{36})/g)].map((match) => match[1] ?? "");
  }

  panicked(): boolean {
    return this.#text().includes("Kernel panic - not syncing");
  }

  /** The last lines, without colours and without systemd's animation of what it waits for, its last frame apart. */
  tail(): string {
    const lines = stripVTControlCharacters(this.#text()).split(/[\r\n]+/);
    const last = lines.findLastIndex((line) => line.trim() !== "");
    const told = lines.filter((line, index) => index === last || !/\[[ *]{6}\]/.test(line));
    return lastLines(told.join("\n"), 25);
  }

  #text(): string {
    return readFileSync(this.#path, "utf8");
  }
}

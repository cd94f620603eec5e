/**
 * How many things may be under way at once, where the limit is only found out by running into it: sshd's
 * MaxSessions is 10 unless its administrator chose otherwise, and is not told to clients.
 */
export class Slots {
  #limit: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Waits for a slot in the order of asking. */
  async take(): Promise<void> {
    if (this.#taken >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken += 1;
  }

  /** Gives a slot back: the next in line has it. */
  give(): void {
    const next = this.#taken <= this.#limit ? this.#waiting.shift() : undefined;
    if (next) next();
    else this.#taken -= 1;
  }

  /**
   * Gives back a slot the other side did not have, and never again asks for as many.
   *
   * @returns false where no other slot is taken, so that waiting for one would not help.
   */
  refused(): boolean {
    this.#taken -= 1;
    if (this.#taken === 0) return false;
    this.#limit = Math.min(this.#limit, this.#taken);
    return true;
  }
}

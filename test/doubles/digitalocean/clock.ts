import type { Clock } from "../../../src/provider/digitalocean/clock.ts";

/**
 * Time that passes only when somebody sleeps, and then at once: minutes of waiting cost a test nothing.
 * Two that sleep side by side sleep through the same seconds.
 */
export class VirtualClock implements Clock {
  #now = Date.UTC(2030, 0, 1);

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const until = this.#now + ms;
    await new Promise((resolve) => setImmediate(resolve));
    this.#now = Math.max(this.#now, until);
    signal?.throwIfAborted();
  }

  /** Lets time pass without anybody sleeping. */
  advance(ms: number): void {
    this.#now += ms;
  }
}

/** Called with what is being waited for and how long already: `waiting for sshd: 4 s`. */
export type OnProgress = (text: string) => void;

/** Tells every second what is being waited for, until `stop`. */
export class Progress {
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #tell: OnProgress;
  #what: string;

  constructor(what: string, tell: OnProgress = () => {}) {
    this.#what = what;
    this.#tell = tell;
    this.#timer = setInterval(() => this.#show(), 1000);
    this.#show();
  }

  /** It is something else now that is waited for. */
  now(what: string): void {
    this.#what = what;
    this.#show();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #show(): void {
    this.#tell(`waiting for ${this.#what}: ${Math.round((performance.now() - this.#began) / 1000)} s`);
  }
}

/** What goes wrong with a request. `after`: only once it has had its effect. */
export type Fault =
  /** An error is answered, with `retry-after` and the like in `headers`. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly after?: boolean;
      readonly message?: string;
    }
  /** The connection is reset. */
  | { readonly kind: "reset"; readonly after?: boolean }
  /** No answer ever comes; the connection stays open. */
  | { readonly kind: "silence"; readonly after?: boolean }
  /** The answer comes this many milliseconds after it was done. */
  | { readonly kind: "late"; readonly ms: number }
  /** 200 with this text for a body. */
  | { readonly kind: "garbage"; readonly text: string };

export interface Injection {
  /** The operation it strikes, by the description's name, or every one. */
  readonly on?: string;
  readonly fault: Fault;
  /** How many requests pass first; how many are then struck (default 1). */
  readonly skip?: number;
  readonly times?: number;
}

/** Faults still to come. */
export class Faults {
  readonly #pending: { on: string | undefined; fault: Fault; skip: number; times: number }[] = [];

  inject({ on, fault, skip = 0, times = 1 }: Injection): void {
    this.#pending.push({ on, fault, skip, times });
  }

  clear(): void {
    this.#pending.length = 0;
  }

  /** The fault that strikes this request, which is thereby used up. */
  next(operation: string): Fault | undefined {
    for (const one of this.#pending) {
      if (one.times === 0 || (one.on !== undefined && one.on !== operation)) continue;
      if (one.skip > 0) {
        one.skip -= 1;
        continue;
      }
      one.times -= 1;
      return one.fault;
    }
    return undefined;
  }
}

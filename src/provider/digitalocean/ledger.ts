import type { Inventory } from "./inventory.ts";

/** Where what there is of a cluster is written down, so that a process that is killed has said what it made. */
export interface Journal {
  /** For people: the file that has it. */
  readonly file: string;
  write(inventory: Inventory): Promise<void>;
  /** The text that is there; nothing where there is none. @throws InputError where it cannot be read. */
  read(): Promise<string | undefined>;
}

interface Addition {
  readonly droplets?: readonly { readonly id: number; readonly name: string }[];
  /** Names of droplets that are about to be asked for, and when: milliseconds since the epoch. */
  readonly asked?: { readonly names: readonly string[]; readonly at: number };
  readonly firewalls?: readonly string[];
  readonly tags?: readonly string[];
}

/** Keeps account of what a cluster has while it is made: before each request what it may make, after it what it did. */
export class Ledger {
  readonly #cluster: string;
  readonly #journal: Journal | undefined;
  readonly #droplets = new Map<number, string>();
  /** When each was asked for, by name. */
  readonly #asked = new Map<string, number>();
  readonly #firewalls = new Set<string>();
  readonly #tags = new Set<string>();
  #written: Promise<void> = Promise.resolve();

  constructor(cluster: string, journal: Journal | undefined) {
    this.#cluster = cluster;
    this.#journal = journal;
  }

  get inventory(): Inventory {
    return {
      cluster: this.#cluster,
      droplets: [
        ...[...this.#droplets].map(([id, name]) => ({ id, name })),
        ...[...this.#asked].map(([name, at]) => ({ name, asked: new Date(at).toISOString() })),
      ],
      firewalls: [...this.#firewalls],
      tags: [...this.#tags],
    };
  }

  add({ droplets = [], asked, firewalls = [], tags = [] }: Addition): void {
    for (const name of asked?.names ?? []) this.#asked.set(name, asked!.at);
    for (const { id, name } of droplets) {
      this.#droplets.set(id, name);
      this.#asked.delete(name);
    }
    for (const name of firewalls) this.#firewalls.add(name);
    for (const tag of tags) this.#tags.add(tag);
  }

  /** These names were asked for, and will not be made. */
  refused(names: readonly string[]): void {
    for (const name of names) this.#asked.delete(name);
  }

  /** What no answer has named by now may have been asked for until now: a request is sent again where it was turned away. */
  stillAsked(now: number): void {
    for (const name of this.#asked.keys()) this.#asked.set(name, now);
  }

  /** Takes out droplets that were deleted. */
  drop(ids: Iterable<number>): void {
    for (const id of ids) this.#droplets.delete(id);
  }

  /** The account has been asked: what it did not name is not there, save what it may yet make. */
  correct({ droplets, firewalls, tags }: Addition): void {
    if (droplets) this.#droplets.clear();
    if (firewalls) this.#firewalls.clear();
    if (tags) this.#tags.clear();
    this.add({ ...(droplets && { droplets }), ...(firewalls && { firewalls }), ...(tags && { tags }) });
  }

  /** Adds and writes down, after what is being written already. */
  async note(addition: Addition): Promise<void> {
    this.add(addition);
    const write = async () => this.#journal?.write(this.inventory);
    this.#written = this.#written.then(write, write);
    await this.#written;
  }
}

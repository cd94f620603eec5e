import { StringDecoder } from "node:string_decoder";

/** What a host prints is kept in memory: these bound it. */
export const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const MAX_LINE_BYTES = 1024 * 1024;

/** A command printed more than anybody would read. */
export class TooMuch extends Error {}

/** Text that arrives in pieces, kept whole. @throws TooMuch from `push` past the limit. */
export class Collected {
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  push(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > MAX_OUTPUT_BYTES) throw new TooMuch(`it printed more than ${MAX_OUTPUT_BYTES} bytes`);
    this.#pieces.push(piece);
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString("utf8");
  }
}

/** Text that arrives in pieces, handed on by whole lines. @throws TooMuch from `push` for an endless line. */
export class Lines {
  readonly #decoder = new StringDecoder("utf8");
  readonly #each: (line: string) => void;
  #rest = "";

  constructor(each: (line: string) => void) {
    this.#each = each;
  }

  push(piece: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(piece)).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > MAX_LINE_BYTES)
      throw new TooMuch(`it printed a line of over ${MAX_LINE_BYTES} bytes`);
    for (const line of lines) this.#each(line);
  }

  /** The output has ended: a last line without a newline is a line too. */
  end(): void {
    const line = this.#rest + this.#decoder.end();
    this.#rest = "";
    if (line !== "") this.#each(line);
  }
}

/** A file to put into a container, owned by root. */
export interface PackedFile {
  /** Absolute, at most 100 bytes; its directory must be there. */
  readonly path: string;
  readonly content: string;
  /** As in chmod. */
  readonly mode: number;
}

const BLOCK = 512;

/**
 * A tar archive (POSIX ustar) of a few small files, as `docker cp -` takes it: built in memory, so that a key
 * in it is never in a file of this machine.
 *
 * @throws RangeError for a path that the format's name field cannot hold.
 */
export function packTar(files: readonly PackedFile[]): Buffer {
  const blocks = files.flatMap(({ path, content, mode }) => {
    const body = Buffer.from(content);
    return [header(path, body.length, mode), body, Buffer.alloc(-body.length & (BLOCK - 1))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(path: string, size: number, mode: number): Buffer {
  const name = Buffer.from(path.replace(/^\/+/, ""));
  if (name.length === 0 || name.length > 100) throw new RangeError(`a tar name has 1-100 bytes: '${path}'`);
  const block = Buffer.alloc(BLOCK);
  name.copy(block);
  const field = (offset: number, length: number, value: number) =>
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, offset, "latin1");
  field(100, 8, mode);
  field(108, 8, 0);
  field(116, 8, 0);
  field(124, 12, size);
  field(136, 12, 0);
  // The checksum is taken with its own field full of spaces.
  block.write("        0", 148, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { Failure } from "../errors.ts";
import { quote } from "../host/shell.ts";
import type { Connection, UploadOptions } from "./connection.ts";
import { fromHost } from "./failure.ts";
import { asRoot } from "./root.ts";

/** Characters of the mark that ends an upload. */
const MARK_LENGTH = 32;

/** Sends a file by `cat`: sftp waits for an answer to every piece, which is slow over a distance. */
export async function sendFile(
  connection: Pick<Connection, "run" | "target">,
  content: Buffer | Readable,
  path: string,
  mode: number,
  { asUser, ...limits }: UploadOptions = {},
): Promise<void> {
  const { name, user } = connection.target;
  const mark = randomBytes(MARK_LENGTH / 2).toString("hex");
  const command = `sh -c ${quote(receiver(path, mode, mark))}`;
  const { code, stderr } = await connection.run(asUser ? command : asRoot(user, command), {
    ...limits,
    stdin: Readable.from(marked(content, mark)),
  });
  if (code === 0) return;
  throw new Failure(`${name}: ${path} was not uploaded: ${fromHost(stderr) || `exit code ${code}`}`);
}

async function* marked(content: Buffer | Readable, mark: string): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(content)) yield content;
  else for await (const piece of content) yield Buffer.from(piece);
  yield Buffer.from(mark);
}

/**
 * `cat` cannot tell the end of a file from the end of a connection, so the file ends in a mark: where it is
 * missing the upload was cut off, and nothing is left. By then nobody may read what is said of it, so SIGPIPE
 * must not end the shell before it has tidied up.
 */
function receiver(path: string, mode: number, mark: string): string {
  return `set -eu
umask 077
LC_ALL=C
trap '' PIPE
trap 'exit 1' HUP INT TERM
temporary=$(mktemp -- ${quote(`${path}.XXXXXXXXXX`)})
trap 'rm -f -- "$temporary"' EXIT
cat >"$temporary"
[ "$(tail -c ${MARK_LENGTH} -- "$temporary" | tr -d '\\000')" = ${mark} ] || { echo 'it was cut off' >&2; exit 1; }
truncate -s -${MARK_LENGTH} -- "$temporary"
chmod ${mode.toString(8).padStart(4, "0")} -- "$temporary"
mv -fT -- "$temporary" ${quote(path)}
trap - EXIT`;
}

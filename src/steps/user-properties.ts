import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { InputError, messageOf } from "../errors.ts";
import type { UserProperty } from "../host/properties/user.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}$/;

async function readScript(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new InputError(
      `--properties: cannot read ${file}: ${messageOf(error)}`,
      "a property is a folder with the files 'look' and 'change'",
    );
  });
  if (text.includes("\0")) throw new InputError(`--properties: ${file} is not a text file`);
  return text;
}

/**
 * A user's own properties: every folder in `directory` is one, with the sh scripts `look` (succeeds where it
 * is so already) and `change` (makes it so). They run in the order of their names, `10-first` before
 * `20-second`.
 *
 * @throws InputError naming the file.
 */
export async function readUserProperties(directory: string | undefined): Promise<UserProperty[]> {
  if (directory === undefined) return [];
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    throw new InputError(`--properties: cannot read ${directory}: ${messageOf(error)}`);
  });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const odd = names.find((name) => !NAME.test(name));
  if (odd !== undefined) {
    throw new InputError(
      `--properties: ${JSON.stringify(odd)} is no name for a property`,
      "use letters, digits, '.', '_' and '-'",
    );
  }
  if (names.length === 0) {
    throw new InputError(
      `--properties: no property in ${directory}`,
      "a property is a folder with the files 'look' and 'change'",
    );
  }
  return Promise.all(
    names.toSorted().map(async (name) => ({
      name,
      look: await readScript(path.join(directory, name, "look")),
      change: await readScript(path.join(directory, name, "change")),
    })),
  );
}

import { Failure } from "../errors.ts";
import type { Connection, Target } from "./connection.ts";
import type { Limits } from "./deadline.ts";
import { fromHost } from "./failure.ts";

/**
 * A command that runs as root, whoever logged in: `sudo -n COMMAND` for any user but root.
 *
 * @param command one simple command, its words quoted.
 */
export function asRoot(user: string, command: string): string {
  return user === "root" ? command : `sudo -n ${command}`;
}

/** The command that takes a program in sh on its standard input and runs it as root. */
export function rootShell(user: string): string {
  return asRoot(user, "sh");
}

/** A program in sh that prints one line, for `rootProblem`, about what `asRoot` will come to. */
export const rootLook = `if [ "$(id -un)" = root ]; then echo root
elif ! command -v sudo >/dev/null 2>&1; then echo missing
elif said=$(sudo -n true 2>&1 </dev/null); then echo sudo
else printf 'refused %s\\n' "$said" | head -n 1
fi`;

/** Why `asRoot` will not work, from the line that `rootLook` printed. */
export function rootProblem(target: Pick<Target, "name" | "user">, line: string): Failure | undefined {
  if (line === "root" || line === "sudo") return undefined;
  const said =
    line === "missing"
      ? "there is no sudo on the host"
      : fromHost(line.replace(/^refused ?/, "")) || "no reason given";
  return new Failure(
    `${target.name}: expected root, or a user with sudo and no password; ${target.user} cannot become root: ${said}`,
    `log in as root, or put '${target.user} ALL=(ALL) NOPASSWD: ALL' into a file in /etc/sudoers.d on the host`,
  );
}

/** Makes sure that `asRoot` will work; changes nothing. @throws Failure saying why it would not. */
export async function checkRoot(connection: Connection, limits: Limits = {}): Promise<void> {
  const { stdout } = await connection.run("sh", { ...limits, stdin: rootLook });
  const problem = rootProblem(connection.target, stdout.trim());
  if (problem) throw problem;
}

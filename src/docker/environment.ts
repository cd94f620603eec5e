type Environment = Readonly<Record<string, string | undefined>>;

/** What a step is trusted with and no program that it starts has use for; actions' secret inputs included. */
const SECRET = new Set([
  "DIGITALOCEAN_ACCESS_TOKEN",
  "AUTH_TOKEN",
  "OVERBRIDGE_SECRET",
  "OVERBRIDGE_SSH_KEY",
  "GITHUB_TOKEN",
  "ACTIONS_RUNTIME_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
  "INPUT_TOKEN",
  "INPUT_SECRET",
  "INPUT_PRIVATE-KEY",
  "INPUT_GITHUB-TOKEN",
]);

/**
 * An environment as a child process may have it: all but secrets. Whoever has the same user, and root, can read
 * a process's environment, and what the program starts inherits it.
 */
export function withoutSecrets(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || SECRET.has(name) ? [] : [[name, value]],
    ),
  );
}

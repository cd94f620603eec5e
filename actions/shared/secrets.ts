import { getInput, setSecret } from "@actions/core";

/** An input that is secret: where in the environment a step looks for it, and what it is for a person. */
interface SecretInput {
  readonly env: string;
  readonly description: string;
  /** An expression of GitHub's that gives it. */
  readonly default?: string;
}

export type SecretName = "token" | "secret" | "private-key" | "github-token";

/** Every secret that an action takes. Their values are masked and go into the step's environment alone. */
export const secretInputs: Readonly<Record<SecretName, SecretInput>> = {
  token: {
    env: "DIGITALOCEAN_ACCESS_TOKEN",
    description: "API token of DigitalOcean, for provider digitalocean (secret)",
  },
  secret: {
    env: "OVERBRIDGE_SECRET",
    description:
      "The cluster's secret, the same in every job: 64 hex digits from openssl rand -hex 32 (secret). Without it one is made and stays on this runner",
  },
  "private-key": {
    env: "OVERBRIDGE_SSH_KEY",
    description: "SSH private key that hosts of provider static accept (secret)",
  },
  "github-token": {
    env: "GITHUB_TOKEN",
    description: "Token that may read pull requests (secret)",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's own notation.
    default: "${{ github.token }}",
  },
};

/** Masks a secret in the log: all of it, and each of its lines, since a log is made of lines. */
function mask(value: string): void {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  for (const text of new Set([value.trim(), ...lines])) if (text) setSecret(text);
}

/**
 * The step's environment: this process's with the action's secret inputs in it. The runner's own copies of
 * the inputs go, so that no program that a step starts is given them.
 */
export function environmentWith(names: readonly SecretName[]): Record<string, string | undefined> {
  const given: Record<string, string> = {};
  for (const name of names) {
    const { env } = secretInputs[name];
    const value = getInput(name) || process.env[env];
    delete process.env[`INPUT_${name.toUpperCase()}`];
    if (!value) continue;
    mask(value);
    given[env] = value;
  }
  return { ...process.env, ...given };
}

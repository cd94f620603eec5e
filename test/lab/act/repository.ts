import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { execute, type Ran, succeed } from "../overbridge.ts";
import { artifactProxy } from "./artifacts.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");

/** Where script/setup puts act; the version is named there too. */
const ACT = path.join(homedir(), ".cache/overbridge/tools/act-0.2.87/act");

/** What a workflow needs of the repository; a runner's checkout has the rest as well. */
const NEEDED = [".github", "action.yml", "package.json", "actions", "examples"];

/** What a run of a workflow is started with. */
interface Start {
  /** A file of the repository. */
  readonly workflow: string;
  readonly event: string;
  readonly payload?: object;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Cancels the run. */
  readonly interrupt?: AbortSignal;
}

/** A copy of this repository in which act runs its workflows on this machine, each job in a folder of its own. */
export interface ActRepository extends AsyncDisposable {
  /** Runs a workflow to its end, whatever comes of it. */
  run(start: Start): Promise<Ran>;
}

/**
 * act 0.2.87 refuses a workflow with `concurrency.queue`, and knows no concurrency anyway. A checkout of another
 * commit than the one at hand it would have from GitHub.
 */
async function suitAct(folder: string): Promise<void> {
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith(".yml")) continue;
    const text = await readFile(path.join(folder, file), "utf8");
    await writeFile(path.join(folder, file), text.replace(/^ *(queue: max|ref: \$\{\{.*)\n/gm, ""));
  }
}

/** Has a server listen on a port that is free. @returns the port. */
async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP port");
  return address.port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * This process's environment without what a runner, should this be one, has put there for its own steps. On this
 * machine itself act starts actions with the first node of the path, so that is the one their `using` asks for.
 */
function environment(folder: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(GITHUB|ACTIONS|RUNNER|INPUT)_/.test(name));
  return {
    ...Object.fromEntries(own),
    HOME: folder,
    XDG_CACHE_HOME: path.join(folder, "cache"),
    PATH: `${path.join(ROOT, "node_modules/node/bin")}:${process.env.PATH}`,
  };
}

export async function openRepository(): Promise<ActRepository> {
  const folder = await mkdtemp(path.join(tmpdir(), "overbridge-act-"));
  const work = path.join(folder, "overbridge");
  await mkdir(work);
  for (const entry of NEEDED) await cp(path.join(ROOT, entry), path.join(work, entry), { recursive: true });
  await suitAct(path.join(work, ".github/workflows"));
  await suitAct(path.join(work, "examples"));
  // github.repository, github.ref and github.sha are what git says.
  const git = (...args: string[]) => succeed("git", "-C", work, ...args);
  await git("init", "--quiet", "--initial-branch=main");
  await git("remote", "add", "origin", "https://github.com/lab/overbridge.git");
  await git("add", "--all");
  await git("-c", "user.name=lab", "-c", "user.email=lab@localhost", "commit", "--quiet", "--message=lab");

  return {
    async run({ workflow, event, payload = {}, secrets = {}, env = {}, interrupt }) {
      const [eventFile, secretFile] = [path.join(folder, "event.json"), path.join(folder, "secrets")];
      await writeFile(eventFile, JSON.stringify(payload));
      const lines = Object.entries(secrets).map(([name, value]) => `${name}=${value}\n`);
      await writeFile(secretFile, lines.join(""), { mode: 0o600 });
      const artifactPort = await freePort();
      const proxy = artifactProxy(artifactPort);
      const proxyUrl = `http://127.0.0.1:${await listen(proxy)}/`;
      const args = [
        ...[event, "--directory", work, "--workflows", workflow],
        // Whom examples take overbridge from.
        ...["--local-repository", `OWNER/overbridge@v1=${work}`],
        ...["--platform", "ubuntu-24.04=-self-hosted", "--eventpath", eventFile],
        ...["--secret-file", secretFile, "--env-file", "", "--var-file", "", "--input-file", ""],
        ...["--action-cache-path", path.join(folder, "actions")],
        ...["--cache-server-path", path.join(folder, "caches"), "--cache-server-addr", "127.0.0.1"],
        ...["--artifact-server-path", path.join(folder, "artifacts"), "--artifact-server-addr", "127.0.0.1"],
        ...["--artifact-server-port", String(artifactPort)],
        ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      ];
      try {
        const surroundings = { ...environment(folder), ACTIONS_RUNTIME_URL: proxyUrl };
        return await execute(ACT, args, { cwd: work, env: surroundings, interrupt });
      } finally {
        proxy.closeAllConnections();
        proxy.close();
      }
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

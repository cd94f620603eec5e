import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Cost, parseCost } from "../cluster/cost.ts";
import { formatHostList, type HostList, parseHostList } from "../cluster/host-list.ts";
import { type ClusterSecret, newSecret, parseSecret } from "../cluster/secret.ts";
import { InputError, messageOf } from "../errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

/** Most bytes of `made.json` that are read: 10 000 droplets take up to 1.5 MB. */
const MOST_MADE_BYTES = 2_000_000;

/** Refuses what would never end, such as a device, or would fill the memory. */
async function checkBounded(file: string, mostBytes: number): Promise<void> {
  const found = await stat(file);
  if (!found.isFile()) throw new Error("expected a file");
  if (found.size > mostBytes) throw new Error(`expected at most ${mostBytes} bytes, found ${found.size}`);
}

/**
 * What this machine keeps of a cluster: `.overbridge/CLUSTER/` with the host list, the cluster secret and
 * the inputs it was provisioned with. Readable by the user alone.
 */
export class Store {
  readonly cluster: string;
  readonly hostsFile: string;
  /** What a provision that has not come to its end has made. */
  readonly madeFile: string;
  readonly #directory: string;

  /** @param root the folder that `.overbridge` is in; @param hostsFile another place for the host list */
  constructor(root: string, cluster: string, hostsFile?: string) {
    this.cluster = cluster;
    this.#directory = path.join(root, ".overbridge", cluster);
    this.hostsFile = hostsFile ?? path.join(this.#directory, "hosts.json");
    this.madeFile = path.join(this.#directory, "made.json");
  }

  async #write(file: string, text: string, mode: number): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(`${file}.new`, text, { mode });
    await rename(`${file}.new`, file);
  }

  async #read(file: string, mostBytes?: number): Promise<string | undefined> {
    try {
      if (mostBytes !== undefined) await checkBounded(file, mostBytes);
      return await readFile(file, "utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw new InputError(`cannot read ${file}: ${messageOf(error)}`);
    }
  }

  /** The host list, or undefined where there is none. @throws InputError where the file is not one. */
  async findHostList(): Promise<HostList | undefined> {
    const text = await this.#read(this.hostsFile);
    return text === undefined ? undefined : parseHostList(text, this.hostsFile);
  }

  /** The host list. @throws InputError where there is none. */
  async hostList(): Promise<HostList> {
    const list = await this.findHostList();
    if (list) return list;
    throw new InputError(
      `there is no host list ${this.hostsFile}`,
      "provision the cluster first (overbridge up), or name one with --cluster or --hosts-file",
    );
  }

  async writeHostList(list: HostList): Promise<void> {
    await this.#write(this.hostsFile, formatHostList(list), 0o644);
  }

  /**
   * The cluster secret: `OVERBRIDGE_SECRET`, else this cluster's file, else a new one where `create` asks
   * for it.
   */
  async secret(env: Environment, options: { create: true }): Promise<ClusterSecret>;
  async secret(env: Environment, options: { create: boolean }): Promise<ClusterSecret | undefined>;
  async secret(env: Environment, { create }: { create: boolean }): Promise<ClusterSecret | undefined> {
    if (env.OVERBRIDGE_SECRET) return parseSecret(env.OVERBRIDGE_SECRET, "OVERBRIDGE_SECRET");
    const file = path.join(this.#directory, "secret");
    const text = await this.#read(file);
    if (text !== undefined) return parseSecret(text.trim(), file);
    if (!create) return undefined;
    const secret = newSecret(randomBytes);
    await this.#write(file, `${secret}\n`, 0o600);
    return parseSecret(secret, file);
  }

  /** The inputs the cluster was last provisioned with: what a later command is not told, it takes from here. */
  async rememberedInputs(): Promise<Record<string, unknown>> {
    const file = path.join(this.#directory, "inputs.json");
    const text = await this.#read(file);
    if (text === undefined) return {};
    try {
      const inputs: unknown = JSON.parse(text);
      if (typeof inputs === "object" && inputs !== null && !Array.isArray(inputs)) return { ...inputs };
    } catch {
      // Falls through to the one message for every kind of damage.
    }
    throw new InputError(`${file} is damaged`, "remove it and give all inputs again");
  }

  async rememberInputs(inputs: Readonly<Record<string, unknown>>): Promise<void> {
    const file = path.join(this.#directory, "inputs.json");
    await this.#write(file, `${JSON.stringify(inputs, null, 2)}\n`, 0o600);
  }

  /** Writes down what a provision makes while it makes it. */
  async writeMade(made: object): Promise<void> {
    await this.#write(this.madeFile, `${JSON.stringify(made, null, 2)}\n`, 0o600);
  }

  /**
   * What a provision that has not come to its end has written down, where there is such.
   *
   * @throws InputError where it cannot be, or is more than any provision writes.
   */
  async readMade(): Promise<string | undefined> {
    return this.#read(this.madeFile, MOST_MADE_BYTES);
  }

  /** The provision has come to its end: what it made is in the host list. */
  async forgetMade(): Promise<void> {
    await rm(this.madeFile, { force: true });
  }

  /**
   * Remembers how secret and inputs are now. @returns what makes them so again: an input error that is found
   * late leaves no file that was not there.
   */
  async snapshot(): Promise<() => Promise<void>> {
    const files = ["secret", "inputs.json"].map((name) => path.join(this.#directory, name));
    const texts = await Promise.all(files.map((file) => this.#read(file)));
    return async () => {
      for (const [index, file] of files.entries()) {
        const text = texts[index];
        if (text === undefined) await rm(file, { force: true });
        else await this.#write(file, text, 0o600);
      }
      await this.#removeEmpty();
    };
  }

  /** Folders that have nothing in them any more go too. */
  async #removeEmpty(): Promise<void> {
    for (const folder of [this.#directory, path.dirname(this.#directory)])
      await rmdir(folder).catch(() => {});
  }

  /** Keeps what the cluster costs; nothing where it costs nothing. */
  async writeCost(cost: Cost | undefined): Promise<void> {
    const file = path.join(this.#directory, "cost.json");
    if (cost) await this.#write(file, JSON.stringify(cost), 0o600);
    else await rm(file, { force: true });
  }

  /** What the cluster costs, where that was kept. A file that does not say it is as good as none. */
  async findCost(): Promise<Cost | undefined> {
    try {
      const file = path.join(this.#directory, "cost.json");
      const text = await this.#read(file);
      return text === undefined ? undefined : parseCost(text, file);
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  }

  /** A folder for packages that were made for this cluster alone; it goes with the cluster. */
  packageDirectory(name: string): string {
    return path.join(this.#directory, "packages", name);
  }

  /** Forgets the cluster: removes its files, and `.overbridge` when it was the last. Returns what went. */
  async remove(): Promise<string[]> {
    const gone: string[] = [];
    for (const place of [this.hostsFile, this.#directory]) {
      const there = (await this.#read(place).catch(() => "")) !== undefined;
      if (there) gone.push(place);
      await rm(place, { recursive: true, force: true });
    }
    await this.#removeEmpty();
    return gone;
  }
}

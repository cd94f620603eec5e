import { Failure } from "../../errors.ts";
import { quote } from "../../host/shell.ts";
import type { Connection, Conversation } from "../../ssh/connection.ts";
import { asRoot } from "../../ssh/root.ts";
import { type Answer, printable, type Reach, readAnswer } from "./protocol.ts";

/** A probe that runs on a host. Everything asked of it rejects with Failure where it does not answer. */
export interface Probe {
  /** Name of its host. */
  readonly host: string;
  /** Its address on the overlay, and the MTU of its interface there in bytes; none on the underlay. */
  readonly address: string;
  readonly mtu: number;
  /** Echoes to each address, and the largest packet up to `size` bytes that is answered. */
  reach(size: number, addresses: readonly string[]): Promise<ReadonlyMap<string, Reach>>;
  /** Sends one broadcast that carries the token, of hex digits. */
  shout(token: string): Promise<void>;
  /** How many copies of each broadcast came in since the probe started or was last asked. */
  hear(tokens: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Takes one TCP stream at the port it answers with; `received` resolves when the stream has ended. */
  sink(seconds: number): Promise<{ port: number; received: Promise<{ bytes: number; seconds: number }> }>;
  /** Sends a TCP stream for so many seconds. */
  source(address: string, port: number, seconds: number): Promise<void>;
  end(): Promise<void>;
}

/**
 * Milliseconds a container may take to start, also on a machine that is emulated or overloaded, and a probe to
 * answer beyond what the task itself takes.
 */
const START = 120_000;
const GRACE = 15_000;
/** Milliseconds for a full search of every size over a path that loses much, per 32 addresses. */
const REACH = 90_000;
/** Lines a host may print before its probe is ready: what Docker has to say. */
const MOST_LINES = 20;

/** The failure of a probe that said something else than it should. */
function unexpected(host: string, line: string): Failure {
  const answer = readAnswer(line);
  return new Failure(
    `${host}: the probe failed: ${answer?.kind === "failed" ? answer.reason : printable(line)}`,
  );
}

async function ready(host: string, conversation: Conversation): Promise<{ address: string; mtu: number }> {
  const refused = (said: string, cause?: unknown) =>
    new Failure(`${host}: the probe did not start: ${said}`, "run overbridge configure", { cause });
  let said = "";
  for (let lines = 0; lines < MOST_LINES; lines += 1) {
    const line = await conversation.next(START).catch((error) => {
      throw said ? refused(said, error) : error;
    });
    const answer = readAnswer(line);
    if (answer?.kind === "ready") return answer;
    if (answer?.kind === "failed") throw refused(answer.reason);
    said ||= printable(line);
  }
  throw refused(said);
}

/**
 * Starts a probe by a shell program that runs it, as root.
 *
 * @throws Failure naming the host and what it said, where no probe comes up.
 */
export async function startProbe(connection: Connection, program: string): Promise<Probe> {
  const { name: host, user } = connection.target;
  const conversation = await connection.converse(asRoot(user, `sh -c ${quote(program)}`));

  const expect = async <Kind extends Answer["kind"]>(kinds: readonly Kind[], timeoutMs: number) => {
    const line = await conversation.next(timeoutMs);
    const answer = readAnswer(line);
    if (!answer || !(kinds as readonly string[]).includes(answer.kind)) throw unexpected(host, line);
    return answer as Extract<Answer, { kind: Kind }>;
  };
  /** All answers of a kind up to `done`, at most as many as were asked for. */
  const collect = async <Kind extends Answer["kind"]>(kind: Kind, most: number, timeoutMs: number) => {
    const answers: Extract<Answer, { kind: Kind }>[] = [];
    for (let count = 0; count <= most; count += 1) {
      const answer = await expect([kind, "done"], timeoutMs);
      if (answer.kind === "done") return answers;
      answers.push(answer as Extract<Answer, { kind: Kind }>);
    }
    throw new Failure(`${host}: the probe failed: expected ${most} answers, found more`);
  };

  const { address, mtu } = await ready(host, conversation).catch((error) => {
    // Not waited for: what does not start may not end either, until the connection does.
    conversation.end().catch(() => {});
    throw error;
  });
  return {
    host,
    address,
    mtu,
    async reach(size, addresses) {
      conversation.send(["reach", size, ...addresses].join(" "));
      const timeout = REACH * Math.ceil(addresses.length / 32);
      const answers = await collect("reached", addresses.length, timeout);
      return new Map(
        answers.map(({ address, sent, received, rttMs, mtu }) => [address, { sent, received, rttMs, mtu }]),
      );
    },
    async shout(token) {
      conversation.send(`shout ${token}`);
      await expect(["done"], GRACE);
    },
    async hear(tokens) {
      conversation.send(["hear", ...tokens].join(" "));
      const answers = await collect("heard", tokens.length, GRACE);
      return new Map(answers.map(({ token, copies }) => [token, copies]));
    },
    async sink(seconds) {
      conversation.send("sink");
      const { port } = await expect(["sink"], GRACE);
      return { port, received: expect(["sunk"], seconds * 1000 + 2 * GRACE) };
    },
    async source(to, port, seconds) {
      conversation.send(`source ${to} ${port} ${seconds}`);
      await expect(["done"], seconds * 1000 + GRACE);
    },
    async end() {
      await conversation.end();
    },
  };
}

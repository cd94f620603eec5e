/** What the probe prints, read strictly: it comes from a host, so a line is what it should be or nothing. */

/** How far echoes to one address came. Sizes are those of IP packets, in bytes. */
export interface Reach {
  readonly sent: number;
  readonly received: number;
  /** Milliseconds of the fastest round trip; null where nothing was answered. */
  readonly rttMs: number | null;
  /** The largest packet that was answered whole; null where none was. */
  readonly mtu: number | null;
}

export type Answer =
  | { kind: "ready"; address: string; mtu: number }
  | ({ kind: "reached"; address: string } & Reach)
  | { kind: "heard"; token: string; copies: number }
  | { kind: "sink"; port: number }
  | { kind: "sunk"; bytes: number; seconds: number }
  | { kind: "done" }
  | { kind: "failed"; reason: string };

const NUMBER = "(\\d{1,15})";
const ADDRESS = "([0-9a-f.:]{2,45})";
const line = (...words: string[]) => new RegExp(`^${words.join(" ")}$`);
const orNull = (text: string | undefined, unit: number) => (Number(text) === 0 ? null : Number(text) / unit);

type Reader = readonly [RegExp, (...words: string[]) => Answer];

const readers: readonly Reader[] = [
  [line("ready"), () => ({ kind: "ready", address: "", mtu: 0 })],
  [
    line("ready", ADDRESS, NUMBER),
    (address, mtu) => ({ kind: "ready", address: address!, mtu: Number(mtu) }),
  ],
  [
    line("reached", ADDRESS, NUMBER, NUMBER, NUMBER, NUMBER),
    (address, sent, received, microseconds, mtu) => ({
      kind: "reached",
      address: address!,
      sent: Number(sent),
      received: Number(received),
      rttMs: Number(received) === 0 ? null : Number(microseconds) / 1000,
      mtu: orNull(mtu, 1),
    }),
  ],
  [
    line("heard", "([0-9a-f]{1,32})", NUMBER),
    (token, copies) => ({ kind: "heard", token: token!, copies: Number(copies) }),
  ],
  [line("sink", NUMBER), (port) => ({ kind: "sink", port: Number(port) })],
  [
    line("sunk", NUMBER, NUMBER),
    (bytes, microseconds) => ({ kind: "sunk", bytes: Number(bytes), seconds: Number(microseconds) / 1e6 }),
  ],
  [line("done"), () => ({ kind: "done" })],
  [/^failed (.{1,500})/, (reason) => ({ kind: "failed", reason: printable(reason!) })],
];

/** Text from a host as it may be shown: printable ASCII, at most 200 characters. */
export function printable(text: string): string {
  const line = text.replace(/[^\x21-\x7e]+/g, " ").trim();
  return line.slice(0, 200);
}

/** What a line of the probe says; undefined where it is none of its lines. */
export function readAnswer(text: string): Answer | undefined {
  for (const [pattern, read] of readers) {
    const match = pattern.exec(text);
    if (match) return read(...match.slice(1));
  }
  return undefined;
}

import type { Host, HostList } from "../../src/cluster/host-list.ts";
import { Failure } from "../../src/errors.ts";
import type { Connection, Conversation, RunResult } from "../../src/ssh/connection.ts";

const ended: RunResult = { code: 0, signal: null, stdout: "", stderr: "" };
const isHexWord = (word: string) => /^[0-9a-f]{16}$/.test(word);

export interface Faults {
  /** Where the overlay loses everything, by the names of sender and receiver; both ways are lost then. */
  readonly cuts?: (a: string, b: string) => boolean;
  /** Copies of a broadcast that arrive, at its n-th try; 1 where not given. */
  readonly copies?: (from: string, to: string, attempt: number) => number;
  /** What a host's evidence program prints. */
  readonly evidence?: (host: string) => string;
  /** What a host's probe prints first, instead of its `ready` line. */
  readonly greeting?: (host: string) => readonly string[] | undefined;
  /** Whether a host's probe dies where it is given a command. */
  readonly dies?: (host: string, command: string) => boolean;
}

/**
 * Hosts in memory that answer as the probe does, each with a connection that counts what is open on it.
 */
export function fakeCluster(list: HostList, faults: Faults = {}) {
  const addressOf = (host: Host) => host.subnet.replace(/0\/\d+$/, "2");
  const byAddress = new Map<string, Host>();
  for (const host of list.hosts) {
    byAddress.set(addressOf(host), host);
    byAddress.set(host.underlay, host);
  }
  const open = new Set<string>();
  const commands: string[] = [];
  /** Who sent each broadcast, and at which try. */
  const shouts = new Map<string, { from: string; attempt: number }>();

  function reply(host: Host, line: string): string[] {
    const [command = "", ...args] = line.split(" ");
    commands.push(`${host.name}: ${command}`);
    switch (command) {
      case "reach": {
        const [size, ...addresses] = args;
        const lines = addresses.map((address) => {
          const peer = byAddress.get(address)!;
          const isCut = address !== peer.underlay && faults.cuts?.(host.name, peer.name);
          return `reached ${address} ${isCut ? "3 0 0 0" : `5 5 900 ${size}`}`;
        });
        return [...lines, "done"];
      }
      case "shout": {
        const before = [...shouts.values()].filter(({ from }) => from === host.name).length;
        shouts.set(args[0]!, { from: host.name, attempt: before + 1 });
        return ["done"];
      }
      case "hear": {
        const lines = args.filter(isHexWord).map((token) => {
          const { from, attempt } = shouts.get(token)!;
          return `heard ${token} ${faults.copies?.(from, host.name, attempt) ?? 1}`;
        });
        return [...lines, "done"];
      }
      case "sink":
        return ["sink 40000", "sunk 125000000 1000000"];
      default:
        return ["done"];
    }
  }

  function converse(host: Host, command: string): Conversation {
    const isProbe = command.includes("docker run");
    const what = `${isProbe ? "probe" : "underlay probe"} on ${host.name}`;
    open.add(what);
    let isDead = false;
    const ready = isProbe ? `ready ${addressOf(host)} ${list.overlay.mtu ?? 1458}` : "ready";
    const unread = [...((isProbe && faults.greeting?.(host.name)) || [ready])];
    return {
      send(line) {
        isDead ||= isProbe && (faults.dies?.(host.name, line.split(" ")[0]!) ?? false);
        if (!isDead) unread.push(...reply(host, line));
      },
      next() {
        const line = unread.shift();
        if (line !== undefined && !isDead) return Promise.resolve(line);
        return Promise.reject(new Failure(`${host.name}: a command ended while it was listened to`));
      },
      async end() {
        open.delete(what);
        return ended;
      },
    };
  }

  const connectHost = async (host: Host): Promise<Connection> => {
    open.add(host.name);
    return {
      target: { name: host.name, hostKey: host.ssh.hostKey, user: "root", address: "", port: 22 },
      run: async () => ({ ...ended, stdout: faults.evidence?.(host.name) ?? "" }),
      converse: async (command) => converse(host, command),
      close: () => void open.delete(host.name),
      upload: () => Promise.reject(new Error("no uploads here")),
      attach: () => Promise.reject(new Error("no terminal here")),
    };
  };
  return { connectHost, open, commands };
}

import ssh2, { type AnyAuthMethod, type AuthHandlerMiddleware, type NextAuthHandler } from "ssh2";
import { fingerprintOf } from "../cluster/fingerprint.ts";
import { messageOf } from "../errors.ts";
import type { Identity } from "./connection.ts";

/** One go at proving who we are: hands ssh2 one key after the other, and remembers what was tried. */
export interface Authentication {
  readonly handler: AuthHandlerMiddleware;
  /** Whether every key was tried, so that an error now means that the host took none. */
  exhausted(): boolean;
  /** What was tried, in words, and what the host asks for besides. Nothing secret. */
  account(): string;
}

export function authenticationOf(user: string, identity: Identity): Authentication {
  const tried: string[] = [];
  const keys = [...identity.privateKeys];
  let agent = identity.agent;
  let done = false;
  let asked = "";

  function next(proceed: NextAuthHandler): void {
    const key = keys.shift();
    if (key !== undefined) {
      tried.push(`key ${publicPart(key)}`);
      proceed({ type: "publickey", username: user, key } as AnyAuthMethod);
    } else if (agent !== undefined) {
      const socket = agent;
      agent = undefined;
      askAgent(socket, (account, method) => {
        tried.push(account);
        if (method) proceed(method);
        else next(proceed);
      });
    } else {
      done = true;
      // ssh2 documents false as "no more to try"; its types do not know it.
      proceed(false as never);
    }
  }

  function askAgent(socket: string, then: (account: string, method?: AnyAuthMethod) => void): void {
    const client = ssh2.createAgent(socket);
    client.getIdentities((error, found) => {
      if (error || !found)
        then(`the agent at ${socket}, which gave no keys (${messageOf(error ?? "no answer")})`);
      else if (found.length === 0) then("the agent, which holds no key");
      else then(`the agent's ${count(found.length)}`, { type: "agent", username: user, agent: client });
    });
  }

  return {
    handler: (accepted, partialSuccess, proceed) => {
      // Null before the host has answered a first attempt.
      const methods = accepted ?? [];
      if (methods.length > 0 && (partialSuccess || !methods.includes("publickey"))) {
        asked = `; the host ${partialSuccess ? "then also asks" : "asks"} for ${methods.join(" or ")}`;
      }
      next(proceed);
    },
    exhausted: () => done,
    account: () => (tried.length === 0 ? "there was no key to try" : `tried ${tried.join(", ")}`) + asked,
  };
}

function count(keys: number): string {
  return keys === 1 ? "key" : `${keys} keys`;
}

function publicPart(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) return "that cannot be read";
  return fingerprintOf(key.getPublicSSH());
}

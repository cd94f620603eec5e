import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../../src/provider/digitalocean/clock.ts";
import { Account, type Backing, Refusal } from "./account.ts";
import { type Fault, Faults } from "./faults.ts";
import { type ApiRequest, type Description, loadDescription } from "./openapi.ts";
import { operations, type Reply } from "./operations.ts";

/** One request as it came and what was answered: 0 where nothing was. */
interface Seen {
  readonly operation: string;
  readonly request: ApiRequest;
  status: number;
}

/** DigitalOcean's API on loopback, with one account behind it. */
export interface Double {
  readonly url: string;
  /** A token that is good. */
  readonly token: string;
  /** All that are good now: what is taken out is refused from then on. */
  readonly tokens: Set<string>;
  readonly account: Account;
  readonly faults: Faults;
  readonly seen: readonly Seen[];
  /** Called before each request is looked at. */
  onRequest: ((seen: Seen) => void) | undefined;
  count(operation: string): number;
  /** Every scope that the requests so far asked of their token. */
  scopes(): string[];
  /** Ends it. @throws Error where any request or answer was not as the API's description has it. */
  close(): Promise<void>;
}

export interface DoubleOptions {
  readonly clock: Clock;
  readonly token?: string;
  /** Gives each droplet a machine. */
  readonly backing?: Backing;
}

export async function startDouble(options: DoubleOptions): Promise<Double> {
  const description = await loadDescription(Object.keys(operations));
  const account = new Account(options.clock, options.backing);
  const faults = new Faults();
  const seen: Seen[] = [];
  const violations: string[] = [];
  const token = options.token ?? `dop_v1_${"5ec2e7".repeat(10)}`;

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error) => {
      violations.push(`the double failed: ${error.stack}`);
      response.destroy();
    });
  });

  async function handle(incoming: IncomingMessage, response: ServerResponse) {
    const request = await readRequest(incoming);
    const matched = description.match(request);
    const operation = matched?.operation ?? `${request.method} ${request.path}`;
    const entry: Seen = { operation, request, status: 0 };
    seen.push(entry);
    double.onRequest?.(entry);
    const fault = faults.next(operation);
    if (fault && fault.kind !== "late" && !("after" in fault && fault.after))
      return strike(fault, entry, incoming, response);
    const reply = perform(request, matched);
    if (fault?.kind === "late") await new Promise((resolve) => setTimeout(resolve, fault.ms));
    else if (fault) return strike(fault, entry, incoming, response);
    entry.status = reply.status;
    const wrong = matched ? description.faultsOfAnswer(reply.body, operation, reply.status) : [];
    if (reply.body !== undefined)
      violations.push(...wrong.map((text) => `answer ${reply.status} to ${operation}: ${text}`));
    send(response, reply, {});
  }

  function perform(request: ApiRequest, matched: ReturnType<Description["match"]>): Reply {
    const operate = matched ? operations[matched.operation] : undefined;
    if (!matched || !operate) {
      violations.push(`nothing here answers ${request.method} ${request.path}`);
      return refusal(404, "not_found", "no such operation");
    }
    if (!double.tokens.has(request.headers.authorization?.replace(/^Bearer /, "") ?? "")) {
      return refusal(401, "unauthorized", "Unable to authenticate you");
    }
    const wrong = description.faultsOfRequest(request, matched.operation);
    if (wrong.length > 0) {
      violations.push(...wrong.map((text) => `request ${matched.operation}: ${text}`));
      return refusal(422, "unprocessable_entity", wrong[0]!);
    }
    try {
      return operate(account, { ...request, params: matched.params });
    } catch (error) {
      if (error instanceof Refusal) return refusal(error.status, error.id, error.message);
      throw error;
    }
  }

  function strike(
    fault: Exclude<Fault, { kind: "late" }>,
    entry: Seen,
    incoming: IncomingMessage,
    response: ServerResponse,
  ) {
    switch (fault.kind) {
      case "answer":
        entry.status = fault.status;
        return send(
          response,
          refusal(fault.status, "struck", fault.message ?? "an injected fault"),
          fault.headers ?? {},
        );
      case "reset":
        return incoming.socket.resetAndDestroy();
      case "silence":
        return undefined;
      case "garbage":
        entry.status = 200;
        response.writeHead(200, { "content-type": "application/json" }).end(fault.text);
    }
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const double: Double = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    tokens: new Set([token]),
    account,
    faults,
    seen,
    onRequest: undefined,
    count: (operation) => seen.filter((one) => one.operation === operation).length,
    scopes: () => [...new Set(seen.flatMap(({ operation }) => description.scopesOf(operation)))].sort(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.allSettled(account.work);
      if (violations.length > 0) throw new Error(`against the API's description: ${violations.join("; ")}`);
    },
  };
  return double;
}

async function readRequest(incoming: IncomingMessage): Promise<ApiRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(incoming.url ?? "/", "http://double");
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: text === "" ? undefined : JSON.parse(text),
  };
}

function refusal(status: number, id: string, message: string): Reply {
  return { status, body: { id, message, request_id: "4d9d8375-3c56-4925-a3e7-eb137fed17e9" } };
}

function send(response: ServerResponse, reply: Reply, headers: Record<string, string>) {
  const limits = {
    "ratelimit-limit": "5000",
    "ratelimit-remaining": "4816",
    "ratelimit-reset": "1893456000",
  };
  response.writeHead(reply.status, {
    "content-type": "application/json; charset=utf-8",
    ...limits,
    ...headers,
  });
  response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
}

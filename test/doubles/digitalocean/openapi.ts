import { existsSync, readFileSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";
import path from "node:path";
import { type Document, OpenAPIBackend, type Operation } from "openapi-backend";

/** A request as the description is asked about it: `path` without the query. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

/** The API's own description of itself: what a request and an answer may look like. */
export interface Description {
  /** The operation a request is for, and the values of its path's parameters. */
  match(request: ApiRequest): { operation: string; params: Record<string, string> } | undefined;
  /** What is wrong with a request, in words; nothing where it is as described. */
  faultsOfRequest(request: ApiRequest, operation: string): string[];
  faultsOfAnswer(body: unknown, operation: string, status: number): string[];
  /** The token scopes an operation asks for. */
  scopesOf(operation: string): readonly string[];
}

/** Where the description lies: never in this repository, so a test machine says where. */
function descriptionFile(): string {
  const repository = path.resolve(import.meta.dirname, "../../..");
  const file =
    process.env.OVERBRIDGE_DO_OPENAPI ?? path.resolve(repository, "../shared/digitalocean-openapi.json");
  if (!existsSync(file)) {
    throw new Error(
      `DigitalOcean's OpenAPI description is not at ${file}: these tests check every request against it. ` +
        "Set OVERBRIDGE_DO_OPENAPI to a copy (https://github.com/digitalocean/openapi).",
    );
  }
  return file;
}

const formats = {
  "date-time": (text: string) => !Number.isNaN(Date.parse(text)),
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  uri: (text: string) => URL.canParse(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  float: true,
} as const;

let loading: Promise<Description> | undefined;

/** Reads the description once a process, and compiles what it says of these operations, so that no request waits for it. */
export function loadDescription(operations: readonly string[]): Promise<Description> {
  loading ??= load().then((description) => {
    for (const operation of operations) {
      const nothing = { method: "GET", path: "/", query: {}, headers: {}, body: undefined };
      description.faultsOfRequest(nothing, operation);
      description.faultsOfAnswer({}, operation, 200);
    }
    return description;
  });
  return loading;
}

async function load(): Promise<Description> {
  const api = new OpenAPIBackend({
    definition: JSON.parse(readFileSync(descriptionFile(), "utf8")) as Document,
    quick: true,
    coerceTypes: true,
    // The description's patterns are not valid with the `u` flag.
    ajvOpts: { unicodeRegExp: false, strict: false, allErrors: true, coerceTypes: false, formats },
  });
  await api.init();
  const operationOf = (id: string) => api.getOperation(id) as Operation;
  const say = (errors: { instancePath: string; message?: string }[] | null | undefined) =>
    (errors ?? []).map(({ instancePath, message }) => `${instancePath || "/"} ${message}`);
  return {
    match(request) {
      const operation = api.matchOperation(request as never);
      if (!operation?.operationId) return undefined;
      const { params } = api.router.parseRequest(request as never, operation);
      return { operation: operation.operationId, params: params as Record<string, string> };
    },
    faultsOfRequest(request, id) {
      const result = api.validateRequest(request as never, operationOf(id));
      return result.valid ? [] : say(result.errors);
    },
    faultsOfAnswer(body, id, status) {
      const result = api.validateResponse(body, operationOf(id), status);
      return result.valid ? [] : say(result.errors);
    },
    scopesOf(id) {
      const security = operationOf(id).security ?? [];
      return security.flatMap((scheme) => Object.values(scheme).flat());
    },
  };
}

import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

/**
 * Stands before act's artifact server. Version 0.2.87 refuses a request with a field that it does not know, and
 * the toolkit has said an artifact's media type since.
 */
export function artifactProxy(actPort: number): Server {
  const forward = async (from: IncomingMessage, to: ServerResponse) => {
    let body = await buffer(from);
    if (from.url?.includes("/CreateArtifact")) {
      const { mimeType, mime_type, ...known } = JSON.parse(body.toString());
      body = Buffer.from(JSON.stringify(known));
    }
    // The host stays that of this server, so that what act says to upload to is here too.
    const { "transfer-encoding": _, ...headers } = from.headers;
    const options = { host: "127.0.0.1", port: actPort, path: from.url, method: from.method };
    const onward = request(
      { ...options, headers: { ...headers, "content-length": body.length } },
      (answer) => {
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(to);
      },
    );
    onward.on("error", () => to.destroy());
    onward.end(body);
  };
  return createServer((from, to) => {
    forward(from, to).catch(() => to.destroy());
  });
}

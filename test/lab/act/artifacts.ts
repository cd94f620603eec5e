import { createServer, type IncomingHttpHeaders, request, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

/** One request, as act's server shall see it. */
interface Onward {
  readonly url: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** act refuses a request with a field that it does not know, and the toolkit has said a media type since. */
function withoutMediaType(body: Buffer): Buffer {
  const { mimeType, mime_type, ...known } = JSON.parse(body.toString());
  return Buffer.from(JSON.stringify(known));
}

/** act signs with a digest in base64, whose last sign, the padding, the storage client takes off the URL. */
function withPadding(url: string): string {
  return url.replace(/([?&]sig=[\w-]{43})(?=&|$)/, "$1%3D");
}

/**
 * Stands before act's artifact server, version 0.2.87, and makes good what it does not share with GitHub's: fields
 * it does not know, the padding of a signature, and blocks, which it writes in the order that they come in. The
 * storage client sends several at once, so they wait here until the list that ends an upload says their order.
 */
export function artifactProxy(actPort: number): Server {
  const blocks = new Map<string, Onward>();

  const send = ({ url, method, headers, body }: Onward) => {
    // The host stays that of this server, so that what act says to upload to is here too.
    const { "transfer-encoding": _, connection, ...rest } = headers;
    return new Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
      const options = { host: "127.0.0.1", port: actPort, path: url, method };
      const onward = request({ ...options, headers: { ...rest, "content-length": body.length } });
      onward.on("error", reject);
      onward.on("response", (answer) => {
        buffer(answer).then(
          (text) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: text }),
          reject,
        );
      });
      onward.end(body);
    });
  };

  const handle = async (asked: Onward, to: ServerResponse) => {
    const query = new URL(asked.url, "http://localhost").searchParams;
    if (query.get("comp") === "block") {
      blocks.set(query.get("blockid") ?? "", asked);
      to.writeHead(201).end();
      return;
    }
    if (query.get("comp") === "blocklist") {
      for (const [, id = ""] of asked.body.toString().matchAll(/<Latest>([^<]*)<\/Latest>/g)) {
        const block = blocks.get(id);
        if (block) await send(block);
        blocks.delete(id);
      }
    }
    const answer = await send(asked);
    to.writeHead(answer.status, answer.headers);
    to.end(answer.body);
  };

  return createServer((from, to) => {
    const { url = "/", method = "GET", headers } = from;
    buffer(from)
      .then((sent) => {
        const body = url.includes("/CreateArtifact") ? withoutMediaType(sent) : sent;
        return handle({ url: withPadding(url), method, headers, body }, to);
      })
      .catch(() => to.destroy());
  });
}

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** SHA-256 of a text, 64 hex digits. */
export function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** SHA-256 of a file's bytes, 64 hex digits. @throws the system's error where it cannot be read. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, signal ? { signal } : {})) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

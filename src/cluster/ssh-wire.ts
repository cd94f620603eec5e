/** A number as SSH writes it: four bytes, the highest first (RFC 4251, section 5). */
export function wireUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A string as SSH writes it: its length, then its bytes (RFC 4251, section 5). */
export function wireString(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([wireUint32(bytes.length), bytes]);
}

/** The string at the beginning of bytes that came from outside; undefined where they hold no whole one. */
export function firstWireString(bytes: Buffer): string | undefined {
  if (bytes.length < 4) return undefined;
  const end = 4 + bytes.readUInt32BE(0);
  return end > bytes.length ? undefined : bytes.toString("latin1", 4, end);
}

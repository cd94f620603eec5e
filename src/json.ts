/** What a text from outside has as JSON; nothing where it is no JSON, which a schema then refuses. */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

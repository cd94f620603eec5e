/** A word that sh takes as exactly this text. @throws RangeError for a NUL byte, which no word can hold. */
export function quote(text: string): string {
  if (text.includes("\0")) throw new RangeError("a shell word cannot hold a NUL byte");
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command that prints exactly this text (which ends in a newline), whatever is in it. */
export function printing(text: string): string {
  if (text.includes("\0")) throw new RangeError("a here-document cannot hold a NUL byte");
  const lines = new Set(text.split("\n"));
  let delimiter = "EOF";
  while (lines.has(delimiter)) delimiter += "_";
  return `cat <<'${delimiter}'\n${text.endsWith("\n") ? text : `${text}\n`}${delimiter}`;
}

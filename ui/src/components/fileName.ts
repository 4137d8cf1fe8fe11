const LONGEST = 120;

/** A name for a file, made of parts: what the application does not allow in a file's name becomes a hyphen. */
export function fileName(ending: string, ...parts: readonly string[]): string {
  const stem = parts
    .join("-")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, LONGEST - ending.length - 1);
  return `${stem || "file"}.${ending}`;
}

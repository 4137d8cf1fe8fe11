import { HIDDEN } from "./hidden";

/**
 * A text for reading: JSON is formatted, with invisible characters and characters that affect the
 * display as JSON escapes. Text that is not JSON is only escaped.
 */
export function readable(text: string): string {
  return indented(text).replace(HIDDEN, (character) => (character === "\n" ? character : escaped(character)));
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function escaped(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}

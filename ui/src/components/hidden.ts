/**
 * Characters that are not seen, or change how others are: control characters, line and paragraph
 * separators, bidirectional controls, zero-width characters, interlinear annotations.
 */
export const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/** A foreign text with nothing hidden in it, in the application's own notation. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

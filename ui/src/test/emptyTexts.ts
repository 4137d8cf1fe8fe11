// What runs is told by events and not read, so that nothing runs can be said while calls are refused.
const EMPTY_KEY = /^(none|no[A-Z]\w*|empty|emptyText|gone|goneText|nothing[A-Z]\w*|unused|noneText)$/;

/** Texts for empty or missing data, by their keys. */
export function emptyTexts(texts: object): string[] {
  return Object.entries(texts).flatMap(([key, value]) => {
    if (typeof value === "object" && value !== null) return emptyTexts(value as object);
    return typeof value === "string" && EMPTY_KEY.test(key) && !value.includes("{{") ? [value] : [];
  });
}

/** Those of the texts that are on the screen. */
export function emptyShown(texts: readonly string[]): string[] {
  const shown = document.body.textContent ?? "";
  return texts.filter((each) => shown.includes(each));
}

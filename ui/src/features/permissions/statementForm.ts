import type { Finding } from "../../api/types";

/** Words separated by commas, spaces or line ends. */
export function words(text: string): string[] {
  return text.split(/[\s,;]+/).filter((word) => word !== "");
}

/** The first error about a list or one of its entries, with its hint. */
export function listField(findings: readonly Finding[], name: string): string | undefined {
  const found = findings.find(
    ({ severity, field }) => severity === "error" && (field === name || field?.startsWith(`${name}[`)),
  );
  if (!found) return undefined;
  return found.hint ? `${found.text} ${found.hint}` : found.text;
}

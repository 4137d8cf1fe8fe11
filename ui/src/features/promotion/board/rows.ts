import type { BoardCell, BoardRow } from "../../../api/types";
import { shortDigest } from "../../../components/format";

/** Rows of a board whose service, or the tag, digest or person of a cell, contains the text. */
export function filtered(rows: readonly BoardRow[], text: string): BoardRow[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [...rows];
  const has = (value: string | null) => value?.toLowerCase().includes(wanted) ?? false;
  return rows.filter(
    ({ service, cells }) =>
      has(service) || cells.some(({ tag, digest, by }) => has(tag) || has(digest) || has(by)),
  );
}

/** Whether nothing is known of a cell, rather than that it has no build. */
export function isUnknown({ digest, differing }: BoardCell): boolean {
  return digest === null && differing.length > 0;
}

/** How a person calls the build of a cell. */
export function buildName({ tag, digest }: Pick<BoardCell, "tag" | "digest">): string {
  return tag ?? (digest ? shortDigest(digest) : "");
}

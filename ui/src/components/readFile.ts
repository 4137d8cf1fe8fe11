import type { ApiError } from "../api/types";
import { t } from "../i18n";
import { formatBytes } from "./format";

/** A request or a receipt has at most this many bytes. */
export const MAX_BYTES = 1024 * 1024;

/** Why a text of this size is not taken; null if it is. */
export function tooLarge(bytes: number): ApiError | null {
  if (bytes <= MAX_BYTES) return null;
  return {
    code: "request-too-large",
    message: t("common.file.tooLarge", { size: formatBytes(bytes), most: formatBytes(MAX_BYTES) }),
    hint: t("common.file.tooLargeHint"),
    side: "input",
    field: null,
  };
}

/** The text of a file that a person chose. A file that is too large is not read at all. Rejects with an `ApiError`. */
export async function readFile(file: File): Promise<string> {
  const large = tooLarge(file.size);
  if (large) throw large;
  try {
    return await file.text();
  } catch {
    throw {
      code: "file-unreadable",
      message: t("common.file.unreadable", { name: file.name }),
      hint: t("common.file.unreadableHint"),
      side: "thisMachine",
      field: null,
    } satisfies ApiError;
  }
}

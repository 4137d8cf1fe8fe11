import type { NeededImages } from "../../api/types";

/** Which images are needed, as typed. Each choice keeps its own entry. */
export interface NeedsForm {
  by: NeededImages["by"];
  patterns: string;
  list: string;
  folder: string;
}

export const emptyNeeds: NeedsForm = { by: "all", patterns: "", list: "", folder: "" };

/** What is asked for; null if an entry is missing. */
export function neededOf({ by, patterns, list, folder }: NeedsForm): NeededImages | null {
  if (by === "all") return { by };
  if (by === "patterns") {
    const words = patterns.split(/[\s,]+/).filter((word) => word !== "");
    return words.length > 0 ? { by, patterns: words } : null;
  }
  if (by === "list") return list.trim() === "" ? null : { by, text: list };
  return folder.trim() === "" ? null : { by, path: folder.trim() };
}

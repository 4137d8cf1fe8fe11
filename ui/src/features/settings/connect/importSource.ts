import type { ReactNode } from "react";
import type { ImportRow } from "./importRows";
import type { Imported } from "./useImport";

/** What all sources of an import share: what is selected, and what became of it. */
export interface ImportState {
  results: Readonly<Record<string, Imported>>;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  running: boolean;
}

/** What can be connected, and where it is chosen. */
export interface ImportSource {
  rows: ImportRow[];
  regions: string[];
  content: ReactNode;
}

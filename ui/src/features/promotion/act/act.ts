import type { BoardCell, Space } from "../../../api/types";

/** Something that a person does with a service in a stage. */
export interface CellAct {
  kind: "promote" | "request" | "hold" | "resume" | "block" | "unblock" | "rollBack";
  service: string;
  cell: BoardCell;
  /** The stage to enter, for a promotion and for a request. */
  to?: string;
}

/** Starts an action of a cell. */
export type StartAct = (act: CellAct) => void;

/** What the dialog of an action is given. */
export interface ActProps {
  space: Space;
  path: string;
  act: CellAct;
  onClose: () => void;
}

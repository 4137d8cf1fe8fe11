import { useCallback, useMemo, useRef } from "react";
import type { BoardCell, BoardRow, PathRow } from "../../../api/types";
import type { CellAct, StartAct } from "../act/act";

/** How builds move on a board. It stays the same while its path does, so that rows are not drawn again. */
export interface BoardMoves {
  act: StartAct;
  /** The stages that builds of a stage can be promoted to. */
  targets: (stage: string) => readonly string[];
  /** Shows the build of a cell. */
  show: (service: string, cell: BoardCell) => void;
  /** Whether builds are promoted into a stage, rather than pushed. */
  isEntered: (stage: string) => boolean;
  /** A build is dragged, or no longer is. */
  drag: (dragged: Pick<CellAct, "service" | "cell"> | null) => void;
  /** Whether a stage takes the build that is dragged. */
  takes: (service: string, stage: string) => boolean;
  /** The build that is dragged is dropped on a stage. */
  drop: (stage: string) => void;
}

/** The moves of a path's board. `show` must stay the same. */
export function useBoardMoves(
  path: PathRow | undefined,
  start: StartAct,
  show: BoardMoves["show"],
): BoardMoves {
  const dragged = useRef<Pick<CellAct, "service" | "cell"> | null>(null);
  const latest = useRef(start);
  latest.current = start;
  const act = useCallback<StartAct>((next) => latest.current(next), []);
  return useMemo(() => {
    const after = new Map<string, string[]>();
    for (const { name, from } of path?.stages ?? []) {
      if (from !== null) after.set(from, [...(after.get(from) ?? []), name]);
    }
    const targets = (stage: string) => after.get(stage) ?? [];
    return {
      act,
      show,
      targets,
      isEntered: (stage) => path?.stages.some(({ name, from }) => name === stage && from !== null) ?? false,
      drag: (next) => {
        dragged.current = next;
      },
      takes: (service, stage) =>
        dragged.current?.service === service && targets(dragged.current.cell.stage).includes(stage),
      drop: (to) => {
        if (dragged.current) act({ kind: "promote", ...dragged.current, to });
        dragged.current = null;
      },
    };
  }, [path, act, show]);
}

/** The promotion of a cell that a key starts; without one, the first of the row that has something to do. */
export function promotionOf(row: BoardRow, stage: string | null, moves: BoardMoves): CellAct | null {
  const { service, cells } = row;
  const has = (cell: BoardCell) => cell.digest !== null && moves.targets(cell.stage).length > 0;
  const differs = (cell: BoardCell) =>
    moves.targets(cell.stage).some((to) => cells.find((each) => each.stage === to)?.digest !== cell.digest);
  const cell =
    stage === null
      ? (cells.find((each) => has(each) && differs(each)) ?? cells.find(has))
      : cells.find((each) => each.stage === stage && has(each));
  const to = cell && moves.targets(cell.stage)[0];
  return cell && to !== undefined ? { kind: "promote", service, cell, to } : null;
}

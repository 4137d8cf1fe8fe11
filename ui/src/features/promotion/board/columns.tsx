import type { TFunction } from "i18next";
import type { BoardCell, BoardRow } from "../../../api/types";
import type { Column } from "../../../components/DataGrid";
import { LongName } from "../../../components/Values";
import { StageCell } from "./cell/StageCell";
import type { BoardMoves } from "./moves";

/** Pixels of a stage's column, at least. */
const STAGE = { compact: 210, full: 270 };
const SERVICE = 150;

/** A column with the services, and one for each stage. */
export function boardColumns(
  t: TFunction,
  stages: readonly string[],
  compact: boolean,
  moves: BoardMoves,
): Column<BoardRow>[] {
  const width = `minmax(${compact ? STAGE.compact : STAGE.full}px, 1fr)`;
  return [
    {
      id: "service",
      header: t("board.service"),
      width: `minmax(${SERVICE}px, 0.7fr)`,
      cell: (row) => <LongName text={row.service} mono />,
    },
    ...stages.map(
      (stage, index): Column<BoardRow> => ({
        id: `stage-${stage}`,
        header: stage,
        width,
        cell: ({ service, cells }) => {
          const cell: BoardCell | undefined = cells[index];
          return cell && <StageCell service={service} cell={cell} compact={compact} moves={moves} />;
        },
      }),
    ),
  ];
}

/** Below this many pixels the board scrolls sideways. */
export function boardWidth(stages: number, compact: boolean): number {
  return SERVICE + stages * (compact ? STAGE.compact : STAGE.full);
}

import { useNavigate } from "@tanstack/react-router";
import { Boxes, SearchX } from "lucide-react";
import { type KeyboardEvent, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Board, BoardRow, PathRow, Space } from "../../../api/types";
import { Button } from "../../../components/Button";
import { DataGrid } from "../../../components/DataGrid";
import { SearchField } from "../../../components/SearchField";
import { EmptyState } from "../../../components/States";
import { Switch } from "../../../components/Switch";
import { useDebounced } from "../../../components/useDebounced";
import { ActDialog } from "../act/ActDialog";
import type { CellAct } from "../act/act";
import styles from "./Board.module.css";
import { boardColumns, boardWidth } from "./columns";
import { type BoardMoves, promotionOf, useBoardMoves } from "./moves";
import { filtered } from "./rows";
import { ServiceDrawer } from "./ServiceDrawer";

/** Pixels of a row: two lines, or one. */
const HEIGHT = { full: 48, compact: 32 };

const rowKey = (row: BoardRow) => row.service;

/** The cell that has the focus, or the active row of the grid. */
function placeOf(element: Element): { service: string | undefined; stage: string | null } | null {
  const cell = element.closest<HTMLElement>("[data-service]");
  if (cell) return { service: cell.dataset.service, stage: cell.dataset.stage ?? null };
  if (element.getAttribute("role") !== "grid") return null;
  const row = document.getElementById(element.getAttribute("aria-activedescendant") ?? "");
  return { service: row?.querySelector<HTMLElement>("[data-service]")?.dataset.service, stage: null };
}

/** The grid of a board, with its filter. */
export function BoardView({
  space,
  board,
  path,
}: {
  space: Space;
  board: Board;
  /** Until it is read, nothing can be promoted. */
  path: PathRow | undefined;
}) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [compact, setCompact] = useState(false);
  const [opened, setOpened] = useState<string | null>(null);
  const text = useDebounced(typed);
  const rows = useMemo(() => filtered(board.rows, text), [board.rows, text]);
  const stages = board.stages.join("\n");
  const [act, setAct] = useState<CellAct | null>(null);
  const navigate = useNavigate();
  const { path: name } = board;
  const show = useCallback<BoardMoves["show"]>(
    (service, { stage, digest }) => {
      if (digest === null) return;
      const search = { space, path: name, service, build: digest, stage };
      void navigate({ to: "/promotion/build", search });
    },
    [navigate, space, name],
  );
  const moves = useBoardMoves(path, setAct, show);
  const columns = useMemo(
    () => boardColumns(t, stages.split("\n"), compact, moves),
    [t, stages, compact, moves],
  );
  const open = useCallback((row: BoardRow) => setOpened(row.service), []);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key.toLowerCase() !== "p" || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = placeOf(event.target as Element);
    const row = rows.find(({ service }) => service === at?.service);
    const next = row && promotionOf(row, at?.stage ?? null, moves);
    if (!next) return;
    event.preventDefault();
    setAct(next);
  };
  const shown = board.rows.find(({ service }) => service === opened);
  if (board.rows.length === 0) {
    return <EmptyState icon={<Boxes />} title={t("board.noServices")} text={t("board.noServicesText")} />;
  }
  return (
    <>
      <div className={styles.filters}>
        <SearchField
          label={t("board.filter")}
          value={typed}
          onChange={setTyped}
          className={styles.filter}
          data-testid="board-filter"
        />
        <Switch
          label={t("board.compact")}
          checked={compact}
          onChange={setCompact}
          data-testid="board-compact"
        />
        <span className={styles.muted} role="status" data-testid="board-count">
          {rows.length === board.rows.length
            ? t("board.count", { count: rows.length })
            : t("board.some", { shown: rows.length, count: board.rows.length })}
        </span>
        <span className={styles.hint}>{t("board.hint")}</span>
        {board.more > 0 && <span className={styles.muted}>{t("board.more", { count: board.more })}</span>}
      </div>
      {rows.length > 0 ? (
        // biome-ignore lint/a11y/noStaticElementInteractions: the grid and its buttons have the focus
        <div className={styles.grid} onKeyDown={onKeyDown}>
          <DataGrid
            key={compact ? "compact" : "full"}
            label={t("board.grid", { path: board.path })}
            columns={columns}
            total={rows.length}
            rowAt={(index) => rows[index]}
            rowKey={rowKey}
            onOpen={open}
            openKey={opened}
            resetKey={text}
            rowHeight={compact ? HEIGHT.compact : HEIGHT.full}
            minWidth={boardWidth(board.stages.length, compact)}
            data-testid="board-grid"
          />
        </div>
      ) : (
        <EmptyState
          icon={<SearchX />}
          title={t("board.noMatch")}
          actions={<Button onClick={() => setTyped("")}>{t("common.clear")}</Button>}
        />
      )}
      {act && <ActDialog space={space} path={board.path} act={act} onClose={() => setAct(null)} />}
      {shown && <ServiceDrawer row={shown} onClose={() => setOpened(null)} />}
    </>
  );
}

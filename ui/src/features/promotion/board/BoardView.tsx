import { Boxes, SearchX } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Board, BoardRow } from "../../../api/types";
import { Button } from "../../../components/Button";
import { DataGrid } from "../../../components/DataGrid";
import { SearchField } from "../../../components/SearchField";
import { EmptyState } from "../../../components/States";
import { Switch } from "../../../components/Switch";
import { useDebounced } from "../../../components/useDebounced";
import styles from "./Board.module.css";
import { boardColumns, boardWidth } from "./columns";
import { filtered } from "./rows";
import { ServiceDrawer } from "./ServiceDrawer";

/** Pixels of a row: two lines, or one. */
const HEIGHT = { full: 48, compact: 32 };

const rowKey = (row: BoardRow) => row.service;

/** The grid of a board, with its filter. */
export function BoardView({ board }: { board: Board }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [compact, setCompact] = useState(false);
  const [opened, setOpened] = useState<string | null>(null);
  const text = useDebounced(typed);
  const rows = useMemo(() => filtered(board.rows, text), [board.rows, text]);
  const stages = board.stages.join("\n");
  const columns = useMemo(() => boardColumns(t, stages.split("\n"), compact), [t, stages, compact]);
  const open = useCallback((row: BoardRow) => setOpened(row.service), []);
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
        {board.more > 0 && <span className={styles.muted}>{t("board.more", { count: board.more })}</span>}
      </div>
      {rows.length > 0 ? (
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
      ) : (
        <EmptyState
          icon={<SearchX />}
          title={t("board.noMatch")}
          actions={<Button onClick={() => setTyped("")}>{t("common.clear")}</Button>}
        />
      )}
      {shown && <ServiceDrawer row={shown} onClose={() => setOpened(null)} />}
    </>
  );
}

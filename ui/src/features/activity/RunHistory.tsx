import type { TFunction } from "i18next";
import { History, SearchX } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { RunState, RunView, RunWindow } from "../../api/types";
import { Button } from "../../components/Button";
import { type Column, DataGrid } from "../../components/DataGrid";
import { formatBytes } from "../../components/format";
import { SearchField } from "../../components/SearchField";
import { Select } from "../../components/Select";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { useDebounced } from "../../components/useDebounced";
import { useRowWindow } from "../../components/useRowWindow";
import { Ago } from "../../components/Values";
import { useScope } from "../frame/scope";
import { RunStatePill } from "../runs/RunDetail";
import { RunWhere } from "../runs/RunWhere";
import { runSeconds } from "../runs/runText";
import styles from "./ActivityPage.module.css";

const rowKey = (run: RunView) => run.id;

/** The columns that are left while a run is shown beside the list. */
const BESIDE_A_RUN: ReadonlySet<string> = new Set(["state", "title", "where", "started"]);

const STATES: readonly RunState[] = ["failed", "interrupted", "cancelled", "done", "skipped", "running"];

/** Runs of the scope, newest first, by title and state. */
export function RunHistory({ shown, onShow }: { shown: string | null; onShow: (run: string) => void }) {
  const { t } = useTranslation();
  const { space, account, region } = useScope();
  const [typed, setTyped] = useState("");
  const [state, setState] = useState<RunState | "any">("any");
  const text = useDebounced(typed.trim());
  const wanted = { scope: { space, account, region }, text, state: state === "any" ? null : state };
  const list = useRowWindow<RunView, RunWindow>([...keys.runs, "history", wanted], (offset, limit) =>
    api.runs({ ...wanted, state: wanted.state ?? undefined, offset, limit }),
  );
  const narrow = shown !== null;
  const columns = useMemo(() => {
    const all = runColumns(t);
    return narrow ? all.filter((column) => BESIDE_A_RUN.has(column.id)) : all;
  }, [t, narrow]);
  const open = useCallback((run: RunView) => onShow(run.id), [onShow]);
  const clear = () => {
    setTyped("");
    setState("any");
  };
  const isFiltered = text !== "" || state !== "any";
  return (
    <>
      <div className={styles.filters}>
        <SearchField
          label={t("activity.filter")}
          value={typed}
          onChange={setTyped}
          className={styles.filter}
          data-testid="run-filter"
        />
        <Select
          label={t("activity.columns.state")}
          hideLabel
          value={state}
          onChange={setState}
          options={[
            { value: "any" as const, label: t("activity.anyState") },
            ...STATES.map((value) => ({ value, label: t(`activity.state.${value}`) })),
          ]}
          data-testid="run-state-filter"
        />
        <span className={styles.count} role="status" data-testid="run-count">
          {list.total !== undefined && t("activity.count", { count: list.total })}
        </span>
      </div>
      {list.error ? (
        <ErrorState error={list.error} onRetry={list.refetch} />
      ) : list.total === undefined ? (
        <div className={styles.waiting}>
          <SkeletonLines lines={6} />
        </div>
      ) : list.total > 0 ? (
        <DataGrid
          label={t("activity.history")}
          columns={columns}
          total={list.total}
          rowAt={list.rowAt}
          rowKey={rowKey}
          onRange={list.onRange}
          onOpen={open}
          openKey={shown}
          minWidth={narrow ? 552 : 760}
          data-testid="run-grid"
        />
      ) : (
        <NoRuns isFiltered={isFiltered} isScoped={account !== null || region !== null} onClear={clear} />
      )}
    </>
  );
}

function NoRuns({
  isFiltered,
  isScoped,
  onClear,
}: {
  isFiltered: boolean;
  isScoped: boolean;
  onClear: () => void;
}) {
  const { t } = useTranslation();
  if (isFiltered) {
    return (
      <EmptyState
        icon={<SearchX />}
        title={t("activity.noneMatch")}
        text={t("activity.noneMatchText")}
        actions={<Button onClick={onClear}>{t("activity.clearFilter")}</Button>}
      />
    );
  }
  const reason = isScoped ? "noneHere" : "none";
  return <EmptyState icon={<History />} title={t(`activity.${reason}`)} text={t(`activity.${reason}Text`)} />;
}

function runColumns(t: TFunction): Column<RunView>[] {
  return [
    {
      id: "state",
      header: t("activity.columns.state"),
      width: "124px",
      cell: (run) => <RunStatePill run={run} />,
    },
    {
      id: "title",
      header: t("activity.columns.title"),
      width: "minmax(180px, 2fr)",
      cell: (run) => (
        <span className={styles.ellipsis} title={run.title} data-testid="run-row" data-state={run.state}>
          {run.title}
        </span>
      ),
    },
    {
      id: "where",
      header: t("activity.columns.where"),
      width: "minmax(140px, 1fr)",
      cell: (run) => <RunWhere run={run} />,
    },
    {
      id: "started",
      header: t("activity.columns.started"),
      width: "108px",
      cell: (run) => <Ago at={run.started} />,
    },
    {
      id: "took",
      header: t("activity.columns.took"),
      width: "76px",
      align: "end",
      cell: (run) =>
        // An interrupted run has no end.
        run.ended ? t("activity.seconds", { seconds: runSeconds(run, 0) }) : t("common.none"),
    },
    {
      id: "moved",
      header: t("activity.columns.moved"),
      width: "92px",
      align: "end",
      cell: (run) => (run.bytesMoved > 0 ? formatBytes(run.bytesMoved) : t("common.none")),
    },
    {
      id: "saved",
      header: t("activity.columns.saved"),
      width: "92px",
      align: "end",
      cell: (run) => (run.bytesSaved > 0 ? formatBytes(run.bytesSaved) : t("common.none")),
    },
  ];
}

import { useNavigate, useSearch } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { History, X } from "lucide-react";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { RunView, RunWindow } from "../../api/types";
import { IconButton } from "../../components/Button";
import { type Column, DataGrid } from "../../components/DataGrid";
import { formatBytes } from "../../components/format";
import { Page, PageHeader } from "../../components/PageHeader";
import { ProgressBar } from "../../components/ProgressBar";
import { SplitPane } from "../../components/SplitPane";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { useRowWindow } from "../../components/useRowWindow";
import { Ago } from "../../components/Values";
import { useActiveRuns } from "../events/AppEvents";
import { useScope } from "../frame/scope";
import { RunActions, RunDetail, RunStatePill } from "../runs/RunDetail";
import { RunWaiting } from "../runs/RunWaiting";
import { RunWhere } from "../runs/RunWhere";
import { runProgress, runSeconds } from "../runs/runText";
import styles from "./ActivityPage.module.css";
import { Unfinished } from "./Unfinished";

const rowKey = (run: RunView) => run.id;

/** The columns that are left while a run is shown beside the list. */
const BESIDE_A_RUN: ReadonlySet<string> = new Set(["state", "title", "where", "started"]);

/** Current and past runs; the selected one in full beside the list. */
export function ActivityPage() {
  const { t } = useTranslation();
  const { run } = useSearch({ from: "/activity" });
  const navigate = useNavigate();
  const show = useCallback(
    (id: string | undefined) =>
      void navigate({ to: "/activity", search: id ? { run: id } : {}, replace: true }),
    [navigate],
  );
  const lists = (
    <div className={styles.lists}>
      <UnderWay onShow={show} />
      <Unfinished onShow={show} />
      <RunHistory shown={run ?? null} onShow={show} />
    </div>
  );
  return (
    <Page
      name="activity"
      fill
      header={<PageHeader title={t("activity.title")} subtitle={t("activity.subtitle")} />}
    >
      {run ? (
        <SplitPane
          sideAt="right"
          label={t("common.resize")}
          initial={500}
          least={340}
          most={760}
          side={
            <div className={styles.side}>
              <div className={styles.close}>
                <IconButton
                  label={t("activity.close")}
                  icon={<X />}
                  onClick={() => show(undefined)}
                  data-testid="run-close"
                />
              </div>
              <RunDetail key={run} id={run} onFollow={show} />
            </div>
          }
        >
          {lists}
        </SplitPane>
      ) : (
        lists
      )}
    </Page>
  );
}

function UnderWay({ onShow }: { onShow: (run: string) => void }) {
  const { t } = useTranslation();
  const { space } = useScope();
  const runs = useActiveRuns().filter((run) => run.space === space);
  if (runs.length === 0) return null;
  return (
    <section className={styles.active} aria-label={t("activity.underWay")} data-testid="runs-active">
      {runs.map((run) => {
        const { value, total } = runProgress(run);
        return (
          <div key={run.id} className={styles.activeRun} data-testid={`run-active-${run.id}`}>
            <button type="button" className={styles.name} onClick={() => onShow(run.id)}>
              {run.title}
            </button>
            <RunWhere run={run} />
            {(run.transfer?.paused || run.waiting) && <RunStatePill run={run} />}
            <RunWaiting run={run} compact />
            <ProgressBar label={run.title} value={value} total={total} />
            <span className={styles.bytes}>
              {run.bytesTotal > 0 &&
                t("activity.layer.uploading", {
                  moved: formatBytes(run.bytesMoved),
                  total: formatBytes(run.bytesTotal),
                })}
            </span>
            <RunActions run={run} onFollow={onShow} />
          </div>
        );
      })}
    </section>
  );
}

function RunHistory({ shown, onShow }: { shown: string | null; onShow: (run: string) => void }) {
  const { t } = useTranslation();
  const { space } = useScope();
  const list = useRowWindow<RunView, RunWindow>([...keys.runs, "history", space], (offset, limit) =>
    api.runs({ offset, limit, active: false, space }),
  );
  const narrow = shown !== null;
  const columns = useMemo(() => {
    const all = runColumns(t);
    return narrow ? all.filter((column) => BESIDE_A_RUN.has(column.id)) : all;
  }, [t, narrow]);
  const open = useCallback((run: RunView) => onShow(run.id), [onShow]);
  if (list.error) return <ErrorState error={list.error} onRetry={list.refetch} />;
  if (list.total === undefined) {
    return (
      <div className={styles.waiting}>
        <SkeletonLines lines={6} />
      </div>
    );
  }
  if (list.total === 0) {
    return <EmptyState icon={<History />} title={t("activity.none")} text={t("activity.noneText")} />;
  }
  return (
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
  );
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

import { useNavigate, useSearch } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../components/Button";
import { formatBytes } from "../../components/format";
import { Page, PageHeader } from "../../components/PageHeader";
import { ProgressBar } from "../../components/ProgressBar";
import { SplitPane } from "../../components/SplitPane";
import { useActiveRuns } from "../events/AppEvents";
import { useScope } from "../frame/scope";
import { RunActions, RunDetail, RunStatePill } from "../runs/RunDetail";
import { RunWaiting } from "../runs/RunWaiting";
import { RunWhere } from "../runs/RunWhere";
import { runProgress } from "../runs/runText";
import styles from "./ActivityPage.module.css";
import { RunHistory } from "./RunHistory";
import { Unfinished } from "./Unfinished";

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
  // What runs is shown whichever account is in view.
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

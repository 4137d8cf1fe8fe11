import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronLeft, ChevronUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RunView } from "../../api/types";
import { Button } from "../../components/Button";
import { ProgressBar } from "../../components/ProgressBar";
import { useActiveRuns } from "../events/AppEvents";
import { useRunDrawerState } from "../frame/runDrawer";
import { SpaceBadge } from "../frame/SpaceBadge";
import { RunActions, RunDetail, RunStatePill } from "../runs/RunDetail";
import { RunWaiting } from "../runs/RunWaiting";
import { RunWhere } from "../runs/RunWhere";
import { runProgress, runRegistries } from "../runs/runText";
import styles from "./RunDrawer.module.css";

/** The run drawer at the bottom of every screen: one line, the current runs, or one run in full. */
export function RunDrawer() {
  const { t } = useTranslation();
  const { open, run, show, hide } = useRunDrawerState();
  const runs = useActiveRuns();
  return (
    <section className={styles.drawer} aria-label={t("activity.drawer")} data-testid="run-drawer">
      <button
        type="button"
        className={styles.bar}
        aria-expanded={open}
        onClick={() => (open ? hide() : show())}
        data-testid="run-drawer-toggle"
      >
        {open ? <ChevronDown aria-hidden="true" /> : <ChevronUp aria-hidden="true" />}
        <span role="status">{t("activity.running", { count: runs.length })}</span>
        {!open && runs[0] && <Summary run={runs[0]} />}
      </button>
      {open && (
        <div className={styles.body} data-testid="run-drawer-body">
          <div className={styles.links}>
            {run && (
              <Button
                size="small"
                variant="ghost"
                icon={<ChevronLeft />}
                onClick={() => show()}
                data-testid="run-drawer-all"
              >
                {t("activity.underWay")}
              </Button>
            )}
            <span className={styles.spread} />
            <Link to="/activity" search={run ? { run } : {}} onClick={hide} data-testid="run-drawer-activity">
              {t("activity.openActivity")}
            </Link>
          </div>
          {run ? (
            <RunDetail key={run} id={run} onFollow={show} />
          ) : (
            <ul>
              {runs.map((each) => (
                <ActiveRun key={each.id} run={each} onShow={() => show(each.id)} />
              ))}
              {runs.length === 0 && <li className={styles.muted}>{t("activity.running", { count: 0 })}</li>}
            </ul>
          )}
        </div>
      )}
    </section>
  );
}

function Summary({ run }: { run: RunView }) {
  const { value, total } = runProgress(run);
  return (
    <>
      <SpaceBadge space={run.space} registries={runRegistries(run)} />
      <span className={styles.title}>{run.title}</span>
      {run.waiting && <RunStatePill run={run} />}
      <span className={styles.progress}>
        <ProgressBar label={run.title} value={value} total={total} />
      </span>
    </>
  );
}

function ActiveRun({ run, onShow }: { run: RunView; onShow: () => void }) {
  const { value, total } = runProgress(run);
  return (
    <li className={styles.run}>
      <button type="button" className={styles.name} onClick={onShow} data-testid={`run-drawer-run-${run.id}`}>
        {run.title}
      </button>
      <span className={styles.where}>
        <SpaceBadge space={run.space} registries={runRegistries(run)} />
        <RunWhere run={run} />
        {run.waiting && <RunStatePill run={run} />}
      </span>
      <ProgressBar label={run.title} value={value} total={total} />
      <span className={styles.actions}>
        <RunWaiting run={run} compact />
        <RunActions run={run} />
      </span>
    </li>
  );
}

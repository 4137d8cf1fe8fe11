import { ListRestart, Play, RotateCcw, Square, Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RunView, StepCounts } from "../../api/types";
import { StatusPill } from "../../components/Badge";
import { Button } from "../../components/Button";
import { formatBytes } from "../../components/format";
import { ProgressBar } from "../../components/ProgressBar";
import { ErrorState, SkeletonLines } from "../../components/States";
import { Ago } from "../../components/Values";
import { hasEnded } from "../events/applyEvent";
import { SpaceBadge } from "../frame/SpaceBadge";
import { useReview } from "../plans/PlanProvider";
import { UnhealedList } from "../plans/UnhealedList";
import { useCancelRun, useRetryRun, useRun } from "./queries";
import { RuleTestVerdict } from "./RuleTestVerdict";
import { RunImageGrid } from "./RunImageGrid";
import { RunImages } from "./RunImages";
import { RunSteps } from "./RunSteps";
import styles from "./Runs.module.css";
import { RunVersions } from "./RunVersions";
import { RunWaiting } from "./RunWaiting";
import {
  canUndo,
  errorBesideSteps,
  needsNewPlan,
  runLook,
  runProgress,
  runRegistries,
  runSeconds,
} from "./runText";
import { TransferControls, TransferTotals } from "./Transfer";

/** One run in full, live. */
export function RunDetail({ id, onFollow }: { id: string; onFollow?: (run: string) => void }) {
  const run = useRun(id);
  // Events may have filled in the run; a failed read is shown next to it.
  const unread = run.error && !run.isFetching && (
    <ErrorState error={run.error} compact onRetry={() => void run.refetch()} />
  );
  if (!run.data) return unread || <SkeletonLines lines={4} />;
  return (
    <>
      {unread}
      <RunContents run={run.data} onFollow={onFollow} />
    </>
  );
}

function RunContents({ run, onFollow }: { run: RunView; onFollow: ((run: string) => void) | undefined }) {
  const { value, total } = runProgress(run);
  const error = errorBesideSteps(run);
  return (
    <div className={styles.detail} data-testid="run-detail" data-state={run.state} data-run={run.id}>
      <div className={styles.heading}>
        <RunStatePill run={run} data-testid="run-state" />
        <h2 className={styles.title}>{run.title}</h2>
        <SpaceBadge space={run.space} registries={runRegistries(run)} />
        <span className={styles.actions}>
          <RunActions run={run} onFollow={onFollow} />
        </span>
      </div>
      <RunWaiting run={run} />
      {!hasEnded(run.state) && <ProgressBar label={run.title} value={value} total={total} />}
      <Totals run={run} />
      {run.transfer && <TransferControls run={run} transfer={run.transfer} />}
      {run.transfer && run.rule && <TransferTotals run={run} transfer={run.transfer} />}
      <RuleTestVerdict run={run} />
      {error && <ErrorState error={error} compact />}
      <RunSteps steps={run.steps} ended={hasEnded(run.state)} />
      {run.transfer && run.rule ? (
        <RunImageGrid run={run} transfer={run.transfer} />
      ) : (
        <RunImages images={run.images} />
      )}
      {run.unhealed && hasEnded(run.state) && <UnhealedList unhealed={run.unhealed} again />}
      <RunVersions run={run} />
    </div>
  );
}

/** A run's state in a word; a run that is paused or waits for a person says so. */
export function RunStatePill({ run, "data-testid": testId }: { run: RunView; "data-testid"?: string }) {
  const { t } = useTranslation();
  const under = !hasEnded(run.state);
  const waits = under && run.waiting;
  const paused = under && run.transfer?.paused;
  return (
    <StatusPill
      status={waits ? "warning" : paused ? "interrupted" : runLook(run.state)}
      {...(testId ? { "data-testid": testId } : {})}
    >
      {t(waits ? "activity.waitsForYou" : paused ? "activity.engine.paused" : `activity.state.${run.state}`)}
    </StatusPill>
  );
}

function Totals({ run }: { run: RunView }) {
  const { t } = useTranslation();
  return (
    <p className={styles.totals}>
      <span>
        {t("activity.started")} <Ago at={run.started} />
      </span>
      {run.ended && <span>{t("activity.took", { seconds: runSeconds(run, 0) })}</span>}
      {run.counts && run.steps.length > 1 && <StepCount counts={run.counts} />}
      {!run.rule && run.bytesTotal > 0 && (
        <span data-testid="run-bytes-moved">
          {t("activity.moved", {
            moved: formatBytes(run.bytesMoved),
            total: formatBytes(run.bytesTotal),
          })}
        </span>
      )}
      {!run.rule && run.bytesSaved > 0 && (
        <span data-testid="run-bytes-saved">
          {t("activity.saved", { bytes: formatBytes(run.bytesSaved) })}
        </span>
      )}
    </p>
  );
}

/** How many steps came to which end; a number of nothing is left out. */
function StepCount({ counts }: { counts: StepCounts }) {
  const { t } = useTranslation();
  const { done, failed, stopped, notStarted } = counts;
  return (
    <span data-testid="run-counts">
      {[
        t("activity.counts.done", { count: done }),
        failed > 0 && t("activity.counts.failed", { count: failed }),
        stopped > 0 && t("activity.counts.stopped", { count: stopped }),
        notStarted > 0 && t("activity.counts.notStarted", { count: notStarted }),
      ]
        .filter(Boolean)
        .join(" · ")}
    </span>
  );
}

/** The actions on a run: stop, resume, retry or undo. */
export function RunActions({
  run,
  onFollow,
}: {
  run: RunView;
  onFollow?: ((run: string) => void) | undefined;
}) {
  const { t } = useTranslation();
  const cancel = useCancelRun();
  const retry = useRetryRun(onFollow);
  const review = useReview();
  const { request } = run;
  const again = request !== undefined && needsNewPlan(run);
  return (
    <>
      {run.canCancel && (
        <Button
          size="small"
          icon={<Square />}
          busy={cancel.isPending}
          onClick={() => cancel.mutate(run.id)}
          data-testid="run-cancel"
        >
          {t("activity.cancel")}
        </Button>
      )}
      {again && (
        <Button
          size="small"
          icon={<ListRestart />}
          onClick={() => review({ request, ...(onFollow ? { onStarted: onFollow } : {}) })}
          data-testid="run-plan-again"
        >
          {t("activity.planAgain")}
        </Button>
      )}
      {run.canRetry && !again && (
        <Button
          size="small"
          icon={run.state === "failed" ? <RotateCcw /> : <Play />}
          busy={retry.isPending}
          onClick={() => retry.mutate(run.id)}
          data-testid="run-retry"
        >
          {t(run.state === "failed" ? "activity.retry" : "activity.goOn")}
        </Button>
      )}
      {canUndo(run) && (
        <Button
          size="small"
          icon={<Undo2 />}
          onClick={() =>
            review({ request: { change: "undo", run: run.id }, ...(onFollow ? { onStarted: onFollow } : {}) })
          }
          data-testid="run-undo"
        >
          {t("activity.undo")}
        </Button>
      )}
      {retry.dialog}
    </>
  );
}

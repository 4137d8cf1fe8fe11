import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlanRequest } from "../../api/types";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Findings";
import { ErrorState } from "../../components/States";
import { hasEnded } from "../events/applyEvent";
import { useRunDrawer } from "../frame/runDrawer";
import { useReview } from "../plans/PlanProvider";
import { useRun } from "../runs/queries";
import styles from "./Readiness.module.css";

/** A fix whose run is under way, with the plans that follow. */
interface Running {
  run: string;
  request: PlanRequest;
  rest: readonly PlanRequest[];
}

/** Reviews the plans of a fix one after another. */
export interface Fixing {
  start: (plans: readonly PlanRequest[]) => void;
  /** Follows a run that was started elsewhere. */
  follow: (run: string, request: PlanRequest) => void;
  running: Running | null;
  /** Called when the run has ended; the next plan follows only a run that succeeded. */
  onEnded: (succeeded: boolean) => void;
}

/** Carries out a fix by its plans, and calls `onDone` with the last one that ran. */
export function useFix(onDone: (last: PlanRequest) => void): Fixing {
  const review = useReview();
  const [running, setRunning] = useState<Running | null>(null);
  const open = useCallback(
    (plans: readonly PlanRequest[], before: PlanRequest | null) => {
      const [request, ...rest] = plans;
      if (!request) {
        if (before) onDone(before);
        return;
      }
      let started = false;
      review({
        request,
        onStarted: (run) => {
          started = true;
          setRunning({ run, request, rest });
        },
        onClosed: () => {
          if (!started && before) onDone(before);
        },
      });
    },
    [review, onDone],
  );
  return {
    start: useCallback((plans) => open(plans, null), [open]),
    follow: useCallback((run, request) => setRunning({ run, request, rest: [] }), []),
    running,
    onEnded: useCallback(
      (succeeded) => {
        if (!running) return;
        setRunning(null);
        open(succeeded ? running.rest : [], running.request);
      },
      [running, open],
    ),
  };
}

/** Says that a fix is running, until it has ended. */
export function FixRun({ fixing }: { fixing: Fixing }) {
  return fixing.running && <Waiting key={fixing.running.run} run={fixing.running.run} fixing={fixing} />;
}

function Waiting({ run: id, fixing: { onEnded } }: { run: string; fixing: Fixing }) {
  const { t } = useTranslation();
  const drawer = useRunDrawer();
  const run = useRun(id);
  const state = run.data?.state;
  useEffect(() => {
    if (state && hasEnded(state)) onEnded(state === "done" || state === "skipped");
  }, [state, onEnded]);
  if (run.error && !run.isFetching) {
    return <ErrorState error={run.error} compact onRetry={() => void run.refetch()} />;
  }
  return (
    <div role="status" data-testid="fix-running">
      <Notice>
        <span className={styles.fixing}>
          {t("readiness.fixing")}
          <Button size="small" onClick={() => drawer.show(id)}>
            {t("readiness.showRun")}
          </Button>
        </span>
      </Notice>
    </div>
  );
}

import { useTranslation } from "react-i18next";
import type { RunStep } from "../../api/types";
import { StatusPill } from "../../components/Badge";
import { Prose } from "../../components/Prose";
import { ErrorState } from "../../components/States";
import styles from "./Runs.module.css";
import { runLook } from "./runText";

/** The steps of a run in order, each with its result. */
export function RunSteps({ steps, ended }: { steps: readonly RunStep[]; ended: boolean }) {
  const { t } = useTranslation();
  if (steps.length === 0) return null;
  return (
    <ol className={styles.steps} aria-label={t("activity.steps")}>
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps never change their places
        <li key={index} className={styles.step} data-testid={`run-step-${index}`} data-state={step.state}>
          <StatusPill status={runLook(step.state)}>
            {t(ended && step.state === "waiting" ? "activity.notStarted" : `activity.state.${step.state}`)}
          </StatusPill>
          <div className={styles.stepText}>
            <p>
              <Prose text={step.text} />
            </p>
            {step.result && (
              <p className={styles.muted}>
                <Prose text={step.result} />
              </p>
            )}
            {step.error && <ErrorState error={step.error} compact />}
          </div>
        </li>
      ))}
    </ol>
  );
}

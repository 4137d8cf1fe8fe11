import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "../../components/Button";
import { hasEnded } from "../events/applyEvent";
import { useRun } from "../runs/queries";
import { RunDetail } from "../runs/RunDetail";
import styles from "./Wizard.module.css";

/** The run that saves a rule, until it has ended. */
export function EngineResult({ run: id, onAgain }: { run: string; onAgain: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data: run } = useRun(id);
  const ended = run ? hasEnded(run.state) : false;
  const good = run?.state === "done" || run?.state === "skipped";
  const heading = !ended ? "writing" : good ? "written" : "notWritten";
  return (
    <div className={styles.result} data-testid="engine-result" data-state={run?.state}>
      <h2 className={styles.sentence} role="status">
        {t(`engine.wizard.${heading}`)}
      </h2>
      {good && <p className={styles.muted}>{t("engine.wizard.writtenText")}</p>}
      <RunDetail id={id} />
      <div className={styles.totals}>
        <Button
          variant={good ? "primary" : "secondary"}
          onClick={() => void navigate({ to: "/replication" })}
          data-testid="engine-finish"
        >
          {t("engine.wizard.toRules")}
        </Button>
        {ended && !good && (
          <Button onClick={onAgain} data-testid="engine-again">
            {t("replication.wizard.toReview")}
          </Button>
        )}
      </div>
    </div>
  );
}

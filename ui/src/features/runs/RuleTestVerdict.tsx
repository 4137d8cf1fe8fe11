import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RunView } from "../../api/types";
import { Notice } from "../../components/Findings";
import { visible } from "../../components/hidden";
import { Prose } from "../../components/Prose";
import { hasEnded } from "../events/applyEvent";
import styles from "./Runs.module.css";
import { TEST_FAILED } from "./runText";

/** Whether a tested rule works, once the run of the test has ended. */
export function RuleTestVerdict({ run }: { run: RunView }) {
  const { t } = useTranslation();
  const { request } = run;
  if (request?.change !== "testRule" || !hasEnded(run.state)) return null;
  const verdict = run.steps.at(-1);
  if (run.state === "done") {
    return (
      <div role="status" data-testid="rule-test-verdict" data-works="true">
        <Notice>
          <p className={styles.verdict}>{t("activity.test.works")}</p>
          {verdict?.result && (
            <p>
              <Prose text={visible(verdict.result)} />
            </p>
          )}
        </Notice>
      </div>
    );
  }
  const failed = verdict?.error?.code === TEST_FAILED;
  return (
    <div role="status" data-testid="rule-test-verdict" data-works={failed ? "false" : "unknown"}>
      <Notice severity={failed ? "error" : "warning"}>
        <p className={styles.verdict}>{t(failed ? "activity.test.fails" : "activity.test.unfinished")}</p>
        <p>{t(failed ? "activity.test.failsText" : "activity.test.unfinishedText")}</p>
        <Link
          to="/replication/readiness"
          search={{ ...request.registry, rule: request.rule }}
          data-testid="rule-test-readiness"
        >
          {t("activity.test.readiness")}
        </Link>
      </Notice>
    </div>
  );
}

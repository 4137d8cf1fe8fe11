import { useTranslation } from "react-i18next";
import { Card } from "../../components/Card";
import { ProgressBar } from "../../components/ProgressBar";
import { useActiveRuns } from "../events/AppEvents";
import { useRunDrawer } from "../frame/runDrawer";
import { useScope } from "../frame/scope";
import styles from "./Lists.module.css";

/** Current runs; each opens in the run drawer. */
export function RunningNow() {
  const { t } = useTranslation();
  const drawer = useRunDrawer();
  const { space } = useScope();
  const runs = useActiveRuns().filter((run) => run.space === space);
  return (
    <Card title={t("overview.running")} flush={runs.length > 0} data-testid="overview-running">
      {runs.length === 0 ? (
        <p className={styles.muted}>{t("overview.nothingRuns")}</p>
      ) : (
        runs.map((run) => (
          <button key={run.id} type="button" className={styles.run} onClick={() => drawer.show(run.id)}>
            <span>{run.title}</span>
            <ProgressBar label={run.title} value={run.bytesMoved} total={run.bytesTotal} />
          </button>
        ))
      )}
    </Card>
  );
}

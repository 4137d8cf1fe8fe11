import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { RunView } from "../../api/types";
import { formatBytes } from "../../components/format";
import { useScope } from "../frame/scope";
import { RunActions } from "../runs/RunDetail";
import { RunWhere } from "../runs/RunWhere";
import styles from "./ActivityPage.module.css";

const MOST = 50;

/** Runs that the application's end interrupted, each with its remaining work and a button to resume it. */
export function Unfinished({ onShow }: { onShow: (run: string) => void }) {
  const { t } = useTranslation();
  const { space, account, region } = useScope();
  const scope = { space, account, region };
  const { data } = useQuery({
    queryKey: [...keys.runs, "unfinished", scope],
    queryFn: () => api.runs({ offset: 0, limit: MOST, scope, state: "interrupted" }),
  });
  const runs = (data?.rows ?? []).filter((run) => run.state === "interrupted" && run.canRetry);
  if (runs.length === 0) return null;
  return (
    <section className={styles.active} aria-label={t("activity.unfinished")} data-testid="runs-unfinished">
      <p className={styles.unfinished}>{t("activity.unfinishedText")}</p>
      {runs.map((run) => (
        <div key={run.id} className={styles.activeRun} data-testid={`run-unfinished-${run.id}`}>
          <button type="button" className={styles.name} onClick={() => onShow(run.id)}>
            {run.title}
          </button>
          <RunWhere run={run} />
          <span className={styles.bytes}>{leftOf(run)}</span>
          <RunActions run={run} onFollow={onShow} />
        </div>
      ))}
    </section>
  );

  function leftOf(run: RunView): string {
    const bytes = Math.max(0, run.bytesTotal - run.bytesMoved);
    const images = run.transfer ? run.transfer.counts.waiting + run.transfer.counts.running : 0;
    return [
      images > 0 && t("activity.leftImages", { count: images }),
      bytes > 0 && t("activity.leftBytes", { bytes: formatBytes(bytes) }),
    ]
      .filter(Boolean)
      .join(", ");
  }
}

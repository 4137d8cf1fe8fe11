import { Pause, Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RunTransfer, RunView } from "../../api/types";
import { StatusPill } from "../../components/Badge";
import { Button } from "../../components/Button";
import { formatBytes, formatTime } from "../../components/format";
import { hasEnded } from "../events/applyEvent";
import { BandwidthSlider } from "./BandwidthSlider";
import { usePauseRun, useSetRunLimits } from "./queries";
import styles from "./Transfer.module.css";
import { timeLeftText } from "./timeLeft";

/** The totals of an engine rule's run: images, bytes uploaded and reused, rate and time left. */
export function TransferTotals({ run, transfer }: { run: RunView; transfer: RunTransfer }) {
  const { t } = useTranslation();
  const { counts } = transfer;
  const ended = hasEnded(run.state);
  const present = Math.max(0, run.bytesSaved - transfer.bytesMounted);
  return (
    <section className={styles.totals} aria-label={t("activity.engine.totals")} data-testid="engine-totals">
      <dl className={styles.facts}>
        <Fact name={t("activity.engine.images")} testId="engine-images">
          {t("activity.engine.doneOf", { done: counts.done + counts.skipped, total: counts.images })}
        </Fact>
        <Fact name={t("activity.engine.toMove")} testId="engine-moved">
          {t("activity.layer.uploading", {
            moved: formatBytes(run.bytesMoved),
            total: formatBytes(run.bytesTotal),
          })}
        </Fact>
        <Fact name={t("activity.engine.mounted")} testId="engine-mounted">
          {formatBytes(transfer.bytesMounted)}
        </Fact>
        <Fact name={t("activity.engine.present")} testId="engine-present">
          {t("activity.engine.presentValue", { count: counts.skipped, bytes: formatBytes(present) })}
        </Fact>
        {counts.failed > 0 && (
          <Fact name={t("activity.engine.failed")} testId="engine-failed" danger>
            {counts.failed.toLocaleString()}
          </Fact>
        )}
        {transfer.removed > 0 && (
          <Fact name={t("activity.engine.removed")} testId="engine-removed">
            {transfer.removed.toLocaleString()}
          </Fact>
        )}
      </dl>
      {!ended && (
        <p className={styles.pace} role="status" data-testid="engine-pace">
          <Pace transfer={transfer} />
        </p>
      )}
    </section>
  );
}

function Pace({ transfer }: { transfer: RunTransfer }) {
  const { t } = useTranslation();
  if (transfer.paused === "person") {
    return <StatusPill status="interrupted">{t("activity.engine.paused")}</StatusPill>;
  }
  if (transfer.paused === "window") {
    return (
      <StatusPill status="interrupted">
        {transfer.opens
          ? t("activity.engine.opens", { time: formatTime(new Date(transfer.opens)) })
          : t("activity.engine.noWindow")}
      </StatusPill>
    );
  }
  return (
    <>
      {transfer.rate === null ? (
        <span>{t("activity.engine.noRate")}</span>
      ) : (
        <span data-testid="engine-rate">
          {t("activity.engine.rate", { rate: formatBytes(transfer.rate) })}
        </span>
      )}
      {transfer.left && <span data-testid="engine-left">{timeLeftText(transfer.left, t)}</span>}
    </>
  );
}

function Fact({
  name,
  testId,
  danger,
  children,
}: {
  name: string;
  testId: string;
  danger?: boolean;
  children: React.ReactNode;
}) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd className={danger ? styles.danger : undefined} data-testid={testId}>
        {children}
      </dd>
    </div>
  );
}

/** Controls a run that copies images: pause, resume and bandwidth. */
export function TransferControls({ run, transfer }: { run: RunView; transfer: RunTransfer }) {
  const { t } = useTranslation();
  const paused = transfer.paused === "person";
  const pause = usePauseRun(run.id);
  const limit = useSetRunLimits(run.id, transfer.concurrency);
  if (hasEnded(run.state)) return null;
  return (
    <div className={styles.controls}>
      <Button
        size="small"
        icon={paused ? <Play /> : <Pause />}
        busy={pause.isPending}
        onClick={() => pause.mutate(!paused)}
        data-testid={paused ? "run-continue" : "run-pause"}
      >
        {t(paused ? "activity.engine.continue" : "activity.engine.pause")}
      </Button>
      <BandwidthSlider value={transfer.bandwidth} onChange={limit} />
      {!run.rule && (
        <span className={styles.pace} role="status" data-testid="run-pace">
          <Pace transfer={transfer} />
        </span>
      )}
    </div>
  );
}

import { ChevronDown, ChevronRight, Square } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { BackfillView, RegistryKey } from "../../api/types";
import { StatusPill } from "../../components/Badge";
import { Button } from "../../components/Button";
import { visible } from "../../components/hidden";
import { ProgressBar } from "../../components/ProgressBar";
import { Ago } from "../../components/Values";
import { RegistryName } from "../frame/RegistryName";
import { useReview } from "../plans/PlanProvider";
import styles from "./Backfill.module.css";
import { BackfillFailures } from "./BackfillFailures";
import { backfillLook, hasResults, isActive } from "./backfillForm";

/** A backfill: where to, how far it is, and what failed. */
export function BackfillRow({ registry, backfill }: { registry: RegistryKey; backfill: BackfillView }) {
  const { t } = useTranslation();
  const review = useReview();
  const [open, setOpen] = useState(false);
  const listId = useId();
  const { id, destination, status, total, completed, failed } = backfill;
  const active = isActive(backfill);
  const ended = hasResults(backfill);
  const broken = failed > 0 || status === "failed";
  const codes = [...new Set([backfill.failureCode ?? [], backfill.failureCodes].flat())];
  return (
    <li className={styles.backfill} data-testid="backfill" data-status={status} data-backfill={id}>
      <div className={styles.head}>
        <h2 className={styles.title}>
          {t("backfill.to")} <RegistryName registry={destination} />
        </h2>
        <StatusPill status={backfillLook(backfill)}>
          {status === "complete" && failed > 0
            ? t("backfill.status.completeFailed", { count: failed })
            : t(`backfill.status.${status}`)}
        </StatusPill>
        <span className={styles.spread} />
        {active && (
          <Button
            size="small"
            icon={<Square />}
            onClick={() => review({ request: { change: "stopBackfill", registry, id } })}
            data-testid="backfill-stop"
          >
            {t("backfill.stop")}
          </Button>
        )}
      </div>
      {(active || status === "stopping") && (
        <ProgressBar label={t("backfill.list")} value={completed + failed} total={total || null} />
      )}
      <p className={styles.facts}>
        <span>
          {total === 0 && !ended ? t("backfill.counting") : t("backfill.progress", { completed, total })}
        </span>
        {failed > 0 && <span className={styles.failed}>{t("backfill.failed", { count: failed })}</span>}
        <span>
          {t("backfill.started")} <Ago at={backfill.started} />
        </span>
        {backfill.ended && (
          <span>
            {t("backfill.ended")} <Ago at={backfill.ended} />
          </span>
        )}
      </p>
      {codes.length > 0 && (
        <p className={styles.text}>
          {t(codes.length === 1 ? "backfill.code" : "backfill.codes", {
            codes: codes.map(visible).join(", "),
          })}
        </p>
      )}
      {broken && !ended && <p className={styles.muted}>{t("backfill.later")}</p>}
      {broken && ended && (
        <>
          <Button
            size="small"
            variant="ghost"
            icon={open ? <ChevronDown /> : <ChevronRight />}
            aria-expanded={open}
            aria-controls={open ? listId : undefined}
            onClick={() => setOpen(!open)}
            className={styles.more}
            data-testid="backfill-failures"
          >
            {t("backfill.failures.view")}
          </Button>
          {open && (
            <div id={listId}>
              <BackfillFailures registry={registry} backfill={backfill} />
            </div>
          )}
        </>
      )}
    </li>
  );
}

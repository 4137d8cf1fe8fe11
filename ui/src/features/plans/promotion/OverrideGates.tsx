import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../components/Button";
import { TextArea } from "../../../components/TextField";
import type { PlanReviewState } from "../usePlanReview";
import styles from "./Promotion.module.css";

/** Plans the promotion again with a reason to override what stops it. */
export function OverrideGates({ review }: { review: PlanReviewState }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const { asked } = review;
  if (!asked || !("overrideReason" in asked)) return null;
  if (!open) {
    return (
      <div>
        <Button size="small" onClick={() => setOpen(true)} data-testid="override-open">
          {t("gates.override.open")}
        </Button>
      </div>
    );
  }
  const reason = typed.trim();
  return (
    <div className={styles.add}>
      <TextArea
        label={t("gates.override.reason")}
        hint={t("gates.override.hint")}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        rows={2}
        data-testid="override-reason"
      />
      <Button
        size="small"
        disabled={reason === ""}
        onClick={() => review.replan({ ...asked, overrideReason: reason })}
        data-testid="override-plan"
      >
        {t("gates.override.action")}
      </Button>
    </div>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../components/Button";
import { PasteOrFile } from "../../../components/PasteOrFile";
import type { PlanReviewState } from "../usePlanReview";
import styles from "./Promotion.module.css";

/** Plans the promotion again with the file of an approval. */
export function AddApprovals({ review }: { review: PlanReviewState }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const { asked } = review;
  if (!asked || !("approvals" in asked)) return null;
  const { approvals } = asked;
  return (
    <div className={styles.add}>
      {approvals.length > 0 && (
        <p className={styles.muted} data-testid="approvals-added">
          {t("gates.approvals.count", { count: approvals.length })}
        </p>
      )}
      {open ? (
        <>
          <PasteOrFile
            label={t("gates.approvals.file")}
            text={text}
            onText={setText}
            data-testid="approval-text"
          />
          <Button
            size="small"
            disabled={text.trim() === ""}
            onClick={() => review.replan({ ...asked, approvals: [...approvals, text] })}
            data-testid="approval-plan"
          >
            {t("gates.approvals.action")}
          </Button>
        </>
      ) : (
        <div>
          <Button size="small" onClick={() => setOpen(true)} data-testid="approval-open">
            {t("gates.approvals.open")}
          </Button>
        </div>
      )}
    </div>
  );
}

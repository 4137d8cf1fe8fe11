import { useTranslation } from "react-i18next";
import type { Finding } from "../../api/types";
import { Button } from "../../components/Button";
import { TypedConfirmation } from "../../components/ConfirmDialog";
import { Notice } from "../../components/Findings";
import { RadioGroup } from "../../components/RadioGroup";
import { ErrorState, SkeletonLines } from "../../components/States";
import { Acknowledge } from "./Acknowledge";
import { mayConfirm } from "./confirmed";
import { PlanBody } from "./PlanBody";
import styles from "./PlanBody.module.css";
import { PlanProtection } from "./PlanProtection";
import { PromotionReview } from "./promotion/PromotionReview";
import type { PlanReviewState } from "./usePlanReview";

/** A plan: in preparation, refused, or in full. `PlanConsent` asks for the confirmations. */
export function PlanReview({ review }: { review: PlanReviewState }) {
  const { t } = useTranslation();
  const { planned, plan } = review;
  if (planned.error && !planned.isFetching) {
    return <ErrorState error={planned.error} compact onRetry={review.again} />;
  }
  if (!plan) {
    return (
      <div data-testid="planning">
        <p>{t("plans.planning")}</p>
        <SkeletonLines lines={5} />
      </div>
    );
  }
  return (
    <>
      <PlanBody
        plan={plan}
        lead={plan.promotion && <PromotionReview review={review} promotion={plan.promotion} />}
        actionOf={(finding) => <Amend review={review} finding={finding} />}
      />
      {review.blocked && <Notice severity="error">{t("plans.blocked")}</Notice>}
      {review.error !== null && review.error !== undefined && (
        <ErrorState
          error={review.error}
          compact
          actions={
            <Button size="small" onClick={review.again} data-testid="plan-again">
              {t("plans.again")}
            </Button>
          }
        />
      )}
    </>
  );
}

/** What a person must confirm and type before the plan runs; always visible next to the button. */
export function PlanConsent({ review }: { review: PlanReviewState }) {
  const { t } = useTranslation();
  const { plan } = review;
  const { guard } = review;
  const asks =
    review.sentences.length > 0 ||
    review.marked.length > 0 ||
    plan?.confirm ||
    plan?.rows ||
    guard.locked.length > 0 ||
    guard.readOnly;
  if (!plan || review.blocked || !asks) return null;
  const production = plan.production ?? [];
  const severalNames = production.length > 1 ? production.join(", ") : undefined;
  const asksNames = plan.confirm === severalNames;
  return (
    <div className={styles.consent} data-testid="plan-consent">
      <PlanProtection guard={guard} />
      {plan.rows && (
        <RadioGroup
          label={t("plans.rows.failure")}
          value={review.keepGoing ? "continue" : "stop"}
          options={[
            { value: "stop", label: t("plans.rows.stop") },
            { value: "continue", label: t("plans.rows.continue"), hint: t("plans.rows.continueHint") },
          ]}
          onChange={(choice) => review.setKeepGoing(choice === "continue")}
          data-testid="plan-failure"
        />
      )}
      {review.sentences.length > 0 && (
        <Acknowledge sentences={review.sentences} agreed={review.agreed} onChange={review.setAgreed} />
      )}
      {review.marked.map((label) => (
        <div key={label} className={styles.typed}>
          <p className={styles.muted}>{t("owners.patch.override")}</p>
          <TypedConfirmation
            label={t("common.typeText", { text: label })}
            text={label}
            value={review.namedAs(label)}
            onChange={(text) => review.setNamed(label, text)}
            data-testid="managed-typed"
          />
        </div>
      ))}
      {plan.confirm && (
        <div className={styles.typed}>
          {severalNames && !asksNames && (
            <p className={styles.muted}>{t("plans.production", { names: severalNames })}</p>
          )}
          <TypedConfirmation
            label={
              severalNames && t(asksNames ? "plans.typeNames" : "common.typeText", { text: plan.confirm })
            }
            text={plan.confirm}
            value={review.typed}
            onChange={review.setTyped}
            mayBecome={(typed) => mayConfirm(typed, plan)}
          />
        </div>
      )}
    </div>
  );
}

/** Adds the change that a finding offers as a step of the plan. */
function Amend({ review, finding }: { review: PlanReviewState; finding: Finding }) {
  const { t } = useTranslation();
  const amend = review.amendment(finding);
  if (!amend) return null;
  return (
    <Button size="small" onClick={amend} data-testid={`amend-${finding.code}`}>
      {t("plans.amend")}
    </Button>
  );
}

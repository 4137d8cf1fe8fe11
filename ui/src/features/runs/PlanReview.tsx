import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { PlanView } from "../../api/types";
import { Button } from "../../components/Button";
import { TypedConfirmation } from "../../components/ConfirmDialog";
import { Notice } from "../../components/Findings";
import { ErrorState, SkeletonLines } from "../../components/States";
import { Acknowledge } from "../plans/Acknowledge";
import { PlanBody } from "../plans/PlanBody";
import type { PlanRun } from "./usePlanRun";

/** A plan inside a page: loading, refused, or in full with its confirmation. */
export function PlanReview({ planned, run }: { planned: UseQueryResult<PlanView>; run: PlanRun }) {
  const { t } = useTranslation();
  const again = () => void planned.refetch();
  if (planned.error && !planned.isFetching) {
    return <ErrorState error={planned.error} compact onRetry={again} />;
  }
  const plan = planned.data;
  if (!plan || planned.isFetching) {
    return (
      <div data-testid="planning">
        <p>{t("plans.planning")}</p>
        <SkeletonLines lines={5} />
      </div>
    );
  }
  return (
    <>
      <PlanBody plan={plan} />
      {run.sentences.length > 0 && !run.blocked && (
        <Acknowledge sentences={run.sentences} agreed={run.agreed} onChange={run.setAgreed} />
      )}
      {run.blocked && <Notice severity="error">{t("plans.blocked")}</Notice>}
      {run.error !== null && run.error !== undefined && (
        <ErrorState
          error={run.error}
          compact
          actions={
            <Button size="small" onClick={again} data-testid="plan-again">
              {t("plans.again")}
            </Button>
          }
        />
      )}
      {plan.confirm && !run.blocked && (
        <TypedConfirmation text={plan.confirm} value={run.typed} onChange={run.setTyped} />
      )}
    </>
  );
}

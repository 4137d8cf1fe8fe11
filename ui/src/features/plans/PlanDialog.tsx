import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { keys } from "../../api/keys";
import type { RunView } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { showToast } from "../../components/Toaster";
import { hasEnded } from "../events/applyEvent";
import { useRunDrawer } from "../frame/runDrawer";
import { SpaceBadge } from "../frame/SpaceBadge";
import type { Review } from "./PlanProvider";
import { PlanConsent, PlanReview } from "./PlanReview";
import { planRegistries } from "./planRegistries";
import { usePlanReview } from "./usePlanReview";
import { planVerb } from "./verb";

/** Shows what a change would do and runs it when a person confirms. */
export function PlanDialog({ change, onClose }: { change: Review; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const drawer = useRunDrawer();
  const close = () => {
    change.onClosed?.();
    onClose();
  };
  const back = change.onBack;
  const review = usePlanReview(
    change.request,
    (id, { title }) => {
      // A short run may have ended, and reported it, before this response arrives.
      const known = client.getQueryData<RunView>(keys.run(id));
      if (!known || !hasEnded(known.state)) {
        showToast({
          id: `run-${id}`,
          kind: "info",
          title: t("plans.started", { title }),
          action: { label: t("plans.show"), onClick: () => drawer.show(id) },
        });
      }
      change.onStarted?.(id);
      close();
    },
    change.plan,
  );
  const { plan, destructive } = review;
  const wide =
    plan &&
    (plan.promotion ||
      plan.engine ||
      plan.expiry ||
      plan.managed ||
      plan.steps.some((step) => step.diff.length > 0));
  return (
    <Dialog
      open
      onClose={close}
      title={plan?.title ?? t("plans.planning")}
      badge={plan && <SpaceBadge space={plan.space} registries={planRegistries(plan)} />}
      size={wide ? "large" : "medium"}
      focus="body"
      onSubmit={review.start}
      data-testid="dialog-plan"
      above={<PlanConsent review={review} />}
      footer={
        <>
          <Button onClick={close} data-testid="plan-cancel">
            {t("common.cancel")}
          </Button>
          {back && (
            <Button
              onClick={() => {
                onClose();
                back();
              }}
              data-testid="plan-back"
            >
              {t("common.back")}
            </Button>
          )}
          <Button
            type="submit"
            variant={destructive ? "danger" : "primary"}
            disabled={!review.ready}
            busy={review.busy}
            data-testid="plan-run"
          >
            {planVerb(t, change.request)}
          </Button>
        </>
      }
    >
      <PlanReview review={review} />
    </Dialog>
  );
}

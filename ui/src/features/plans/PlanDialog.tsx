import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { PlanView, RunView } from "../../api/types";
import { Button } from "../../components/Button";
import { TypedConfirmation } from "../../components/ConfirmDialog";
import { Dialog } from "../../components/Dialog";
import { ErrorState, SkeletonLines } from "../../components/States";
import { showToast } from "../../components/Toaster";
import { hasEnded } from "../events/applyEvent";
import { useRunDrawer } from "../frame/runDrawer";
import { SpaceBadge } from "../frame/SpaceBadge";
import { Acknowledge, toAgree } from "./Acknowledge";
import { PlanBody } from "./PlanBody";
import type { Review } from "./PlanProvider";

/** Shows the plan of a change and runs it when a person confirms. */
export function PlanDialog({ review, onClose }: { review: Review; onClose: () => void }) {
  const { t } = useTranslation();
  const planned = useQuery({
    queryKey: ["plan", review.request],
    queryFn: () => api.plan(review.request),
    ...(review.plan ? { initialData: review.plan } : {}),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  if (planned.data) {
    return (
      <PlanReview
        key={planned.data.id}
        plan={planned.data}
        onClose={onClose}
        onStarted={review.onStarted}
        onAgain={() => void planned.refetch()}
      />
    );
  }
  return (
    <Dialog open onClose={onClose} title={t("plans.planning")} size="medium" data-testid="dialog-plan">
      {planned.error ? (
        <ErrorState error={planned.error} compact onRetry={() => void planned.refetch()} />
      ) : (
        <SkeletonLines lines={4} />
      )}
    </Dialog>
  );
}

function PlanReview({
  plan,
  onClose,
  onStarted,
  onAgain,
}: {
  plan: PlanView;
  onClose: () => void;
  onStarted: ((run: string) => void) | undefined;
  onAgain: () => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const drawer = useRunDrawer();
  const [typed, setTyped] = useState("");
  const [agreed, setAgreed] = useState(false);
  const sentences = toAgree(plan);
  const mustAgree = sentences.length > 0;
  const run = useMutation({
    mutationFn: () =>
      api.runPlan({
        plan: plan.id,
        hash: plan.hash,
        confirm: plan.confirm ? typed : null,
        ...(mustAgree ? { acknowledge: agreed } : {}),
      }),
    onSuccess: ({ run: id }) => {
      // A short run may have ended, and said so, before this answer came.
      const known = client.getQueryData<RunView>(keys.run(id));
      if (!known || !hasEnded(known.state)) {
        showToast({
          id: `run-${id}`,
          kind: "info",
          title: t("plans.started", { title: plan.title }),
          action: { label: t("plans.show"), onClick: () => drawer.show(id) },
        });
      }
      onStarted?.(id);
      onClose();
    },
  });
  const blocked = plan.findings.some((finding) => finding.severity === "error");
  const destructive = plan.steps.some((step) => step.destructive);
  const ready = !blocked && (!plan.confirm || typed === plan.confirm) && (!mustAgree || agreed);
  return (
    <Dialog
      open
      onClose={onClose}
      title={plan.title}
      badge={<SpaceBadge space={plan.space} />}
      size={
        plan.engine || plan.expiry || plan.steps.some((step) => step.diff.length > 0) ? "large" : "medium"
      }
      onSubmit={() => {
        if (ready && !run.isPending) run.mutate();
      }}
      data-testid="dialog-plan"
      footer={
        <>
          <Button onClick={onClose} data-testid="plan-cancel">
            {t("common.cancel")}
          </Button>
          <Button
            type="submit"
            variant={destructive ? "danger" : "primary"}
            disabled={!ready}
            busy={run.isPending}
            data-testid="plan-run"
          >
            {destructive ? t("plans.runDelete") : t("plans.run")}
          </Button>
        </>
      }
    >
      <PlanBody plan={plan} />
      {mustAgree && !blocked && <Acknowledge sentences={sentences} agreed={agreed} onChange={setAgreed} />}
      {run.error && (
        <ErrorState
          error={run.error}
          compact
          actions={
            <Button size="small" onClick={onAgain} data-testid="plan-again">
              {t("plans.again")}
            </Button>
          }
        />
      )}
      {plan.confirm && !blocked && (
        <TypedConfirmation text={plan.confirm} value={typed} onChange={setTyped} />
      )}
    </Dialog>
  );
}

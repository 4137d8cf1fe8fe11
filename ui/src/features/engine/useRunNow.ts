import { useMutation } from "@tanstack/react-query";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import type { EngineRuleView, PlanView } from "../../api/types";
import { showToast } from "../../components/Toaster";
import { useRunDrawer } from "../frame/runDrawer";
import { refusalOf } from "../guard/guarded";
import { toAgree } from "../plans/Acknowledge";
import { useReview } from "../plans/PlanProvider";

/** Whether a plan needs no confirmation beyond *Run now*: it deletes nothing and has no findings. */
export function runsUnasked(plan: PlanView): boolean {
  const { engine } = plan;
  return (
    engine !== undefined &&
    plan.confirm === null &&
    toAgree(plan).length === 0 &&
    plan.expiry === undefined &&
    engine.totals.remove === 0 &&
    engine.totals.conflict === 0 &&
    engine.totals.unavailable === 0 &&
    plan.findings.every((finding) => finding.severity === "note") &&
    plan.steps.every((step) => !step.destructive)
  );
}

/** Plans a rule's run and starts it immediately, or shows the plan if it needs a review. */
export function useRunNow(rule: EngineRuleView) {
  const review = useReview();
  const drawer = useRunDrawer();
  return useMutation({
    mutationFn: async () => {
      const request = { change: "runEngineRule", rule: rule.id } as const;
      const plan = await api.plan(request);
      if (!runsUnasked(plan)) {
        review({ request, plan });
        return;
      }
      try {
        const { run } = await api.runPlan({ plan: plan.id, hash: plan.hash, confirm: null });
        drawer.show(run);
      } catch (error) {
        if (!refusalOf(error)) throw error;
        // The review says what protects the destination, and offers the way out.
        review({ request });
      }
    },
    onError: (error) => showToast({ kind: "error", title: toApiError(error).message }),
  });
}

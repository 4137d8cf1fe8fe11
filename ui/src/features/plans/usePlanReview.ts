import { type UseQueryResult, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import type { Finding, PlanRequest, PlanView } from "../../api/types";
import { isConfirmed } from "../../components/ConfirmDialog";
import { toAgree } from "./Acknowledge";
import { amended } from "./amend";

/** A change that is planned, shown, and run once a person confirms it. */
export interface PlanReviewState {
  planned: UseQueryResult<PlanView>;
  /** The plan that is shown; none while another one is being made. */
  plan: PlanView | undefined;
  typed: string;
  setTyped: (text: string) => void;
  /** What must be agreed to before the plan runs. */
  sentences: string[];
  agreed: boolean;
  setAgreed: (agreed: boolean) => void;
  /** A finding is an error, so the plan can never run. */
  blocked: boolean;
  destructive: boolean;
  /** The plan may run now. */
  ready: boolean;
  busy: boolean;
  error: unknown;
  start: () => void;
  /** Makes the plan again. */
  again: () => void;
  /** Takes up what a finding offers, with a new plan; undefined when it offers nothing. */
  amendment: (finding: Finding) => (() => void) | undefined;
}

/**
 * Plans `request` for as long as it is shown, and runs the plan once what must be typed is typed and
 * what must be agreed to is agreed to. A plan is of one moment: it is never kept, and never made again
 * by itself. `made` is a plan of the same request that exists already.
 */
export function usePlanReview(
  request: PlanRequest | null,
  onStarted: (run: string, plan: PlanView) => void,
  made?: PlanView,
): PlanReviewState {
  const [changed, setChanged] = useState<{ of: string; to: PlanRequest } | null>(null);
  const asked = changed && changed.of === JSON.stringify(request) ? changed.to : request;
  const planned = useQuery({
    queryKey: ["plan", asked],
    queryFn: () => api.plan(asked as PlanRequest),
    enabled: asked !== null,
    ...(made && asked === request ? { initialData: made } : {}),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const plan = planned.isFetching ? undefined : planned.data;
  // What was typed and agreed to counts for the plan that it was said of.
  const [confirm, setConfirm] = useState({ plan: "", text: "" });
  const [agreedTo, setAgreedTo] = useState("");
  const typed = plan && confirm.plan === plan.id ? confirm.text : "";
  const sentences = plan ? toAgree(plan) : [];
  const mustAgree = sentences.length > 0;
  const agreed = mustAgree && agreedTo === plan?.id;
  const running = useMutation({
    mutationFn: (chosen: PlanView) =>
      api.runPlan({
        plan: chosen.id,
        hash: chosen.hash,
        confirm: chosen.confirm ? typed.trim() : null,
        ...(toAgree(chosen).length > 0 ? { acknowledge: agreed } : {}),
      }),
    onSuccess: ({ run }, chosen) => onStarted(run, chosen),
  });
  const blocked = plan?.findings.some((finding) => finding.severity === "error") ?? false;
  const confirmed = !plan?.confirm || isConfirmed(typed, plan.confirm);
  const ready = Boolean(plan) && !blocked && confirmed && (!mustAgree || agreed);
  return {
    planned,
    plan,
    typed,
    setTyped: (text) => setConfirm({ plan: plan?.id ?? "", text }),
    sentences,
    agreed,
    setAgreed: (yes) => setAgreedTo(yes && plan ? plan.id : ""),
    blocked,
    destructive: plan?.steps.some((step) => step.destructive) ?? false,
    ready,
    busy: running.isPending,
    // A mistake of the plan before says nothing about this one.
    error: running.variables?.id === plan?.id ? running.error : null,
    start: () => {
      if (plan && ready && !running.isPending) running.mutate(plan);
    },
    again: () => void planned.refetch(),
    amendment: (finding) => {
      const next = asked && amended(asked, finding.code);
      return next ? () => setChanged({ of: JSON.stringify(request), to: next }) : undefined;
    },
  };
}

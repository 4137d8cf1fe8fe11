import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import type { PlanView } from "../../api/types";
import { toAgree } from "../plans/Acknowledge";

/** A plan that waits for a person's word. */
export interface PlanRun {
  typed: string;
  setTyped: (text: string) => void;
  /** The sentences to confirm before it runs. */
  sentences: string[];
  agreed: boolean;
  setAgreed: (agreed: boolean) => void;
  /** An error among its findings: it can never run. */
  blocked: boolean;
  destructive: boolean;
  /** It may run now. */
  ready: boolean;
  busy: boolean;
  error: unknown;
  start: () => void;
}

/** Runs a plan that is shown, once it is confirmed in every required way. */
export function usePlanRun(plan: PlanView | undefined, onStarted: (run: string) => void): PlanRun {
  // A typed confirmation is valid only for the plan that it was typed for.
  const [confirm, setConfirm] = useState({ plan: "", text: "" });
  const typed = plan && confirm.plan === plan.id ? confirm.text : "";
  // So is a ticked one.
  const [agreedTo, setAgreedTo] = useState("");
  const sentences = plan ? toAgree(plan) : [];
  const mustAgree = sentences.length > 0;
  const agreed = mustAgree && agreedTo === plan?.id;
  const running = useMutation({
    mutationFn: (chosen: PlanView) =>
      api.runPlan({
        plan: chosen.id,
        hash: chosen.hash,
        confirm: chosen.confirm ? typed : null,
        ...(toAgree(chosen).length > 0 ? { acknowledge: agreed } : {}),
      }),
    onSuccess: ({ run }) => onStarted(run),
  });
  const blocked = plan?.findings.some((finding) => finding.severity === "error") ?? false;
  const ready =
    Boolean(plan) && !blocked && (!plan?.confirm || plan.confirm === typed) && (!mustAgree || agreed);
  return {
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
  };
}

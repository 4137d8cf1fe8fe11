import { type UseQueryResult, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { Finding, PlanRequest, PlanView } from "../../api/types";
import { isConfirmed } from "../../components/ConfirmDialog";
import { refusalOf } from "../guard/guarded";
import { toAgree } from "./Acknowledge";
import { amended } from "./amend";
import { isPlanConfirmed } from "./confirmed";
import { type PlanGuard, usePlanGuard } from "./usePlanGuard";

/** A change that is planned, shown, and run after a person confirms it. */
export interface PlanReviewState {
  planned: UseQueryResult<PlanView>;
  /** The current plan; none while a new one is in preparation. */
  plan: PlanView | undefined;
  typed: string;
  setTyped: (text: string) => void;
  /** Marked documents that the plan changes: their names, to be typed. */
  marked: string[];
  namedAs: (label: string) => string;
  setNamed: (label: string, text: string) => void;
  /** The confirmations that the plan needs. */
  sentences: string[];
  agreed: boolean;
  setAgreed: (agreed: boolean) => void;
  /** After a failure, steps that do not need the failed one are still carried out. */
  keepGoing: boolean;
  setKeepGoing: (on: boolean) => void;
  /** What protects the accounts that the plan changes. */
  guard: PlanGuard;
  /** A finding is an error, so the plan can never run. */
  blocked: boolean;
  destructive: boolean;
  /** The plan may run now. */
  ready: boolean;
  busy: boolean;
  error: unknown;
  start: () => void;
  /** Creates the plan again. */
  again: () => void;
  /** What is planned now, with what was added in the review. */
  asked: PlanRequest | null;
  /** Plans something else in place of what was asked for. */
  replan: (to: PlanRequest) => void;
  /** Adds the change that a finding offers, with a new plan; undefined if it offers none. */
  amendment: (finding: Finding) => (() => void) | undefined;
}

/** Marked documents that a person may change all the same. */
function markedIn(plan: PlanView): string[] {
  return (plan.managed ?? []).filter(({ mayOverride }) => mayOverride).map(({ label }) => label);
}

/**
 * Plans `request` while it is shown, and runs the plan once every confirmation is given. A plan is
 * valid for one moment: it is never stored, and never created again automatically. `made` is an
 * existing plan of the same request.
 */
export function usePlanReview(
  request: PlanRequest | null,
  onStarted: (run: string, plan: PlanView) => void,
  made?: PlanView,
): PlanReviewState {
  const client = useQueryClient();
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
  // Confirmations are valid only for the plan that they were given for.
  const [confirm, setConfirm] = useState({ plan: "", text: "" });
  const [agreedTo, setAgreedTo] = useState("");
  const typed = plan && confirm.plan === plan.id ? confirm.text : "";
  const [named, setNamed] = useState<{ plan: string; texts: Record<string, string> }>({
    plan: "",
    texts: {},
  });
  const texts = plan && named.plan === plan.id ? named.texts : {};
  const marked = plan ? markedIn(plan) : [];
  const sentences = plan ? toAgree(plan) : [];
  const mustAgree = sentences.length > 0;
  const agreed = mustAgree && agreedTo === plan?.id;
  const [keepGoing, setKeepGoing] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const guard = usePlanGuard(plan, typed, refused);
  const running = useMutation({
    mutationFn: async (chosen: PlanView) => {
      await guard.unlock();
      return api.runPlan({
        plan: chosen.id,
        hash: chosen.hash,
        confirm: chosen.confirm ? typed.trim() : null,
        ...(toAgree(chosen).length > 0 ? { acknowledge: agreed } : {}),
        ...(markedIn(chosen).length > 0 ? { managed: markedIn(chosen) } : {}),
        ...(chosen.rows && keepGoing ? { keepGoing } : {}),
      });
    },
    onSuccess: ({ run }, chosen) => onStarted(run, chosen),
    onError: async (error) => {
      setRefused(error);
      // What refused it is shown with its way out.
      if (refusalOf(error)) await client.invalidateQueries({ queryKey: keys.guard });
    },
  });
  const blocked = plan?.findings.some((finding) => finding.severity === "error") ?? false;
  const confirmed = !plan || isPlanConfirmed(typed, plan);
  const allNamed = marked.every((label) => isConfirmed(texts[label] ?? "", label));
  const ready = Boolean(plan) && !blocked && confirmed && allNamed && (!mustAgree || agreed) && guard.ready;
  return {
    planned,
    plan,
    typed,
    setTyped: (text) => setConfirm({ plan: plan?.id ?? "", text }),
    marked,
    namedAs: (label) => texts[label] ?? "",
    setNamed: (label, text) => setNamed({ plan: plan?.id ?? "", texts: { ...texts, [label]: text } }),
    sentences,
    agreed,
    setAgreed: (yes) => setAgreedTo(yes && plan ? plan.id : ""),
    keepGoing,
    setKeepGoing,
    blocked,
    destructive: plan?.steps.some((step) => step.destructive) ?? false,
    ready,
    busy: running.isPending,
    // An error of the previous plan does not apply to this one.
    error: running.variables?.id === plan?.id && !guard.explains(running.error) ? running.error : null,
    guard,
    start: () => {
      if (plan && ready && !running.isPending) running.mutate(plan);
    },
    again: () => void planned.refetch(),
    asked,
    replan: (to) => setChanged({ of: JSON.stringify(request), to }),
    amendment: (finding) => {
      const next = asked && amended(asked, finding.code);
      return next ? () => setChanged({ of: JSON.stringify(request), to: next }) : undefined;
    },
  };
}

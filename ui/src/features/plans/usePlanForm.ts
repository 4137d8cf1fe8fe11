import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import type { ApiError, Finding, PlanRequest } from "../../api/types";
import { useReview } from "./PlanProvider";

/** A form whose submission is a plan. */
export interface PlanForm {
  /** Plans the change. If that succeeds, the review replaces the form. */
  submit: (request: PlanRequest) => void;
  busy: boolean;
  /** The review is open; the form keeps its entries. */
  reviewing: boolean;
  /** The errors of the request's fields, shown at the fields. */
  errorAt: (field: string) => string | undefined;
  /** Any other error. */
  error: unknown;
}

/** Plans from a form: errors about a field are shown at the field, a valid plan opens the review. */
export function usePlanForm(
  fields: readonly string[],
  onClose: (() => void) | undefined,
  onStarted?: (run: string) => void,
): PlanForm {
  const review = useReview();
  const [reviewing, setReviewing] = useState(false);
  const planning = useMutation({
    mutationFn: async (request: PlanRequest) => {
      const plan = await api.plan(request);
      const wrong = plan.findings.find(
        (finding) => finding.severity === "error" && finding.field && fields.includes(finding.field),
      );
      if (wrong) throw asError(wrong);
      return plan;
    },
    onSuccess: (plan, request) => {
      setReviewing(true);
      const onBack = () => setReviewing(false);
      review({
        request,
        plan,
        onBack,
        onClosed: onClose ?? onBack,
        ...(onStarted ? { onStarted } : {}),
      });
    },
  });
  const error = planning.error ? toApiError(planning.error) : null;
  const field = error?.field && fields.includes(error.field) ? error.field : null;
  return {
    submit: planning.mutate,
    busy: planning.isPending,
    reviewing,
    errorAt: (name) => {
      if (!error || field !== name) return undefined;
      return error.hint ? `${error.message} ${error.hint}` : error.message;
    },
    error: field ? null : error,
  };
}

// A plan that can never run because of a field is fixed in the form, not in the review.
function asError({ code, text, hint, field }: Finding): ApiError {
  return { code, message: text, hint, field, side: "input" };
}

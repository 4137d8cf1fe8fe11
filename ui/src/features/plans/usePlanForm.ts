import { useMutation } from "@tanstack/react-query";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import type { ApiError, Finding, PlanRequest } from "../../api/types";
import { useReview } from "./PlanProvider";

/** A form whose submission is a plan. */
export interface PlanForm {
  /** Plans the change. When that works the form closes and the review opens. */
  submit: (request: PlanRequest) => void;
  busy: boolean;
  /** An error of a field of the request; shown at the field. */
  errorAt: (field: string) => string | undefined;
  /** Any other error. */
  error: unknown;
}

/** Plans from a form: errors about a field stay at the field, a good plan goes to the review. */
export function usePlanForm(
  fields: readonly string[],
  onPlanned: () => void,
  onStarted?: (run: string) => void,
): PlanForm {
  const review = useReview();
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
      onPlanned();
      review({ request, plan, ...(onStarted ? { onStarted } : {}) });
    },
  });
  const error = planning.error ? toApiError(planning.error) : null;
  const field = error?.field && fields.includes(error.field) ? error.field : null;
  return {
    submit: planning.mutate,
    busy: planning.isPending,
    errorAt: (name) => {
      if (!error || field !== name) return undefined;
      return error.hint ? `${error.message} ${error.hint}` : error.message;
    },
    error: field ? null : error,
  };
}

// A plan that can never run because of a field is corrected in the form, not in the review.
function asError({ code, text, hint, field }: Finding): ApiError {
  return { code, message: text, hint, field, side: "input" };
}

import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { PlanRequest } from "../../api/types";

/** Plans a change while it is shown. A plan is valid only for a moment: it is not cached or refetched. */
export function usePlan(request: PlanRequest | null) {
  return useQuery({
    queryKey: ["inlinePlan", request],
    queryFn: () => api.plan(request as PlanRequest),
    enabled: request !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

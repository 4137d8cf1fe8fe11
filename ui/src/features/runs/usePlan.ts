import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { PlanRequest } from "../../api/types";

/** Plans a change for as long as it is shown. A plan is of one moment: it is never kept or made again by itself. */
export function usePlan(request: PlanRequest | null) {
  return useQuery({
    queryKey: ["inlinePlan", request],
    queryFn: () => api.plan(request as PlanRequest),
    enabled: request !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

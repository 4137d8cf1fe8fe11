import type { PlanRequest } from "../../api/types";

/** The request with what a finding of its plan offers as a step, if it offers one that is not asked for yet. */
export function amended(request: PlanRequest, code: string): PlanRequest | null {
  if (request.change !== "promote") return null;
  if (code === "blob-mounting-off" && !request.enableBlobMounting) {
    return { ...request, enableBlobMounting: true };
  }
  if (code === "repository-not-found" && !request.createRepository) {
    return { ...request, createRepository: true };
  }
  return null;
}

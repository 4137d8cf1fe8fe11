import type { PlanRequest } from "../../api/types";

/** The request with the step that a finding of its plan offers, if the request does not have it yet. */
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

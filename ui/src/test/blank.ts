import type { PlanView, RunView } from "../api/types";

/** A plan that does nothing, besides what is given. */
export function blankPlan(given: Partial<PlanView> = {}): PlanView {
  return {
    id: "plan-1",
    hash: "hash-1",
    space: "sandbox",
    title: "Something",
    steps: [],
    stays: [],
    findings: [],
    confirm: null,
    bytesToMove: 0,
    bytesSaved: 0,
    at: new Date().toISOString(),
    ...given,
  };
}

/** A run that did nothing and is done, besides what is given. */
export function blankRun(given: Partial<RunView> = {}): RunView {
  const at = new Date().toISOString();
  return {
    id: "run-1",
    space: "sandbox",
    title: "Something",
    state: "done",
    started: at,
    ended: at,
    steps: [],
    images: [],
    bytesMoved: 0,
    bytesTotal: 0,
    bytesSaved: 0,
    error: null,
    canCancel: false,
    canRetry: false,
    versions: [],
    ...given,
  };
}

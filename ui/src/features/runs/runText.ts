import { registryId } from "../../api/keys";
import type { ApiError, RegistryKey, RunImage, RunLayer, RunState, RunView } from "../../api/types";
import type { Status } from "../../components/Badge";
import { hasEnded } from "../events/applyEvent";

/** The appearance of a state. */
export function runLook(state: RunState): Status {
  if (state === "running") return "progress";
  if (state === "done") return "complete";
  return state;
}

/** The progress of a run: in bytes if it uploads any, otherwise in steps. */
export function runProgress(run: RunView): { value: number; total: number | null } {
  if (run.bytesTotal > 0) return { value: run.bytesMoved, total: run.bytesTotal };
  const ended = run.steps.filter((step) => hasEnded(step.state)).length;
  // A single step has no parts to count.
  return run.steps.length > 1 ? { value: ended, total: run.steps.length } : { value: 0, total: null };
}

/** Uploaded bytes of an image, and the bytes to upload. */
export function imageProgress(image: RunImage): { value: number; total: number } {
  const moving = image.layers.filter((layer) => movesBytes(layer));
  return {
    value: moving.reduce((sum, layer) => sum + layer.moved, 0),
    total: moving.reduce((sum, layer) => sum + layer.total, 0),
  };
}

/** Whether a layer is being uploaded, or may still need it. */
export function movesBytes(layer: RunLayer): boolean {
  return layer.action !== "mounted" && layer.action !== "present";
}

const urgency: Record<RunState, number> = {
  failed: 0,
  running: 1,
  interrupted: 2,
  cancelled: 3,
  waiting: 4,
  done: 5,
  skipped: 6,
};

/** Images, those that need attention first. */
export function byUrgency(images: readonly RunImage[]): RunImage[] {
  return images.toSorted((a, b) => urgency[a.state] - urgency[b.state]);
}

/** How long a run took, or has taken so far, in seconds. */
export function runSeconds(run: RunView, now: number): number {
  const end = run.ended ? Date.parse(run.ended) : now;
  return Math.max(0, Math.round((end - Date.parse(run.started)) / 1000));
}

/** The registries that a run reads from or writes to, each once, in the order of its steps. */
export function runRegistries(run: RunView): RegistryKey[] {
  if (run.registries) return run.registries;
  const found = run.steps.flatMap((step) => (step.registry ? [step.registry] : []));
  return [...new Map(found.map((registry) => [registryId(registry), registry])).values()];
}

/** The error of a tested rule whose image did not arrive everywhere. */
export const TEST_FAILED = "rule-test-failed";

// The plan is out of date, or what the run waited for is removed, and a retry cannot change that.
const OUTDATED: ReadonlySet<string> = new Set([
  TEST_FAILED,
  "changed-elsewhere",
  "expiry-not-accepted",
  "plan-for-another-place",
]);

/** Whether a failed run needs a new plan, because every retry would fail. */
export function needsNewPlan(run: RunView): boolean {
  const errors = [run.error, ...run.steps.map((step) => step.error)];
  return run.state === "failed" && errors.some((error) => error !== null && OUTDATED.has(error.code));
}

/** Whether the documents of a run can be restored together; a single one is restored by its version. */
export function canUndo(run: RunView): boolean {
  return hasEnded(run.state) && run.steps.length > 1 && run.versions.length > 0;
}

/** The error of a run, unless one of its steps already shows it. */
export function errorBesideSteps(run: RunView): ApiError | null {
  const { error } = run;
  const atStep = run.steps.some((step) => step.error && step.error.message === error?.message);
  return atStep ? null : error;
}

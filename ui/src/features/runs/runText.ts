import type { RunImage, RunLayer, RunState, RunView } from "../../api/types";
import type { Status } from "../../components/Badge";
import { hasEnded } from "../events/applyEvent";

/** How a state looks. */
export function runLook(state: RunState): Status {
  if (state === "running") return "progress";
  if (state === "done") return "complete";
  return state;
}

/** How much of a run is done: in bytes when it moves any, otherwise in steps. */
export function runProgress(run: RunView): { value: number; total: number | null } {
  if (run.bytesTotal > 0) return { value: run.bytesMoved, total: run.bytesTotal };
  const ended = run.steps.filter((step) => hasEnded(step.state)).length;
  // A single step has no part that could be counted.
  return run.steps.length > 1 ? { value: ended, total: run.steps.length } : { value: 0, total: null };
}

/** Bytes of an image that moved, of those that have to. */
export function imageProgress(image: RunImage): { value: number; total: number } {
  const moving = image.layers.filter((layer) => movesBytes(layer));
  return {
    value: moving.reduce((sum, layer) => sum + layer.moved, 0),
    total: moving.reduce((sum, layer) => sum + layer.total, 0),
  };
}

/** Whether bytes of a layer move or may still have to. */
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

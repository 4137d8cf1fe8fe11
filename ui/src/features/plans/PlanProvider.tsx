import { createContext, type ReactNode, use, useCallback, useState } from "react";
import type { PlanRequest, PlanView } from "../../api/types";
import { PlanDialog } from "./PlanDialog";

/** Something to review: an existing plan, or a change that is not planned yet. */
export interface Review {
  request: PlanRequest;
  plan?: PlanView;
  /** Called with the run's id once it has started. */
  onStarted?: (run: string) => void;
  /** Returns to the form of the change, with its entries. */
  onBack?: () => void;
  /** Called when the review is closed in any other way. */
  onClosed?: () => void;
}

type StartReview = (review: Review) => void;

const ReviewContext = createContext<StartReview | null>(null);

/** Shows the dialog in which every change is reviewed. */
export function PlanProvider({ children }: { children: ReactNode }) {
  const [review, setReview] = useState<(Review & { serial: number }) | null>(null);
  const start = useCallback<StartReview>(
    (next) => setReview((old) => ({ ...next, serial: (old?.serial ?? 0) + 1 })),
    [],
  );
  return (
    <ReviewContext value={start}>
      {children}
      {review && <PlanDialog key={review.serial} change={review} onClose={() => setReview(null)} />}
    </ReviewContext>
  );
}

/** Opens the review of a change. Nothing happens before a person confirms it there. */
export function useReview(): StartReview {
  const start = use(ReviewContext);
  if (!start) throw new Error("useReview outside of PlanProvider");
  return start;
}

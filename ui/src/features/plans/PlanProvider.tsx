import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useCallback, useState } from "react";
import type { PlanRequest, PlanView } from "../../api/types";
import { PlanDialog } from "./PlanDialog";

/** Something to be reviewed: a plan that was made already, or a change that is yet to be planned. */
export interface Review {
  request: PlanRequest;
  plan?: PlanView;
  /** Told the run's id once it has begun. */
  onStarted?: (run: string) => void;
}

type StartReview = (review: Review) => void;

const ReviewContext = createContext<StartReview | null>(null);

/** Shows the one dialog through which every change goes. */
export function PlanProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [review, setReview] = useState<(Review & { serial: number }) | null>(null);
  const start = useCallback<StartReview>(
    (next) => setReview((old) => ({ ...next, serial: (old?.serial ?? 0) + 1 })),
    [],
  );
  return (
    <ReviewContext value={start}>
      {children}
      {review && (
        <PlanDialog
          key={review.serial}
          review={review}
          onClose={() => {
            setReview(null);
            // Plans are of one moment; the next look makes a new one.
            client.removeQueries({ queryKey: ["plan"] });
          }}
        />
      )}
    </ReviewContext>
  );
}

/** Opens the review of a change. Nothing happens before a person confirms it there. */
export function useReview(): StartReview {
  const start = use(ReviewContext);
  if (!start) throw new Error("useReview outside of PlanProvider");
  return start;
}

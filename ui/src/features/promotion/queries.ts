import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { PathKey, PathRow, PathStage, Space } from "../../api/types";

/** Paths of a space. */
export function usePaths(space: Space) {
  return useQuery({ queryKey: [...keys.promotions, "paths", space], queryFn: () => api.paths(space) });
}

/** The board of a path, as the registries have it. */
export function useBoard(path: PathKey) {
  return useQuery({ queryKey: [...keys.promotions, "board", path], queryFn: () => api.board(path) });
}

/** What is held and what is blocked. */
export function useHolds(space: Space) {
  return useQuery({
    queryKey: [...keys.promotions, "holds", space],
    queryFn: () => api.promotionHolds(space),
  });
}

/** A change of what promotion keeps on this computer; everything about promotion is read again after it. */
export function usePromotionChange<Request, Answer>(
  change: (request: Request) => Promise<Answer>,
  onDone?: (answer: Answer) => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (answer) => {
      void client.invalidateQueries({ queryKey: keys.promotions });
      onDone?.(answer);
    },
  });
}

/** The stages that builds of a stage can be promoted to. */
export function stagesAfter(path: PathRow | undefined, stage: string): PathStage[] {
  return path?.stages.filter((each) => each.from === stage) ?? [];
}

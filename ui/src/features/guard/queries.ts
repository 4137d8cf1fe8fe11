import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { Guard, SetGuard } from "../../api/types";

/** Read again at the moment at which the first account becomes read-only. */
function firstEnd(guard: Guard | undefined): number | false {
  const left = (guard?.accounts ?? []).flatMap(({ unlockedUntil }) =>
    unlockedUntil === null ? [] : [Date.parse(unlockedUntil) - Date.now()],
  );
  return left.length > 0 ? Math.max(1_000, Math.min(...left) + 250) : false;
}

/** What protects production. */
export function useGuard() {
  return useQuery({
    queryKey: keys.guard,
    queryFn: api.guard,
    refetchInterval: ({ state }) => firstEnd(state.data),
  });
}

/** A change of what protects production; its response is what is shown. */
export function useGuardChange<Request>(
  change: (request: Request) => Promise<Guard>,
  {
    onDone,
    onFailed,
  }: { onDone?: (guard: Guard) => void; onFailed?: (error: unknown, request: Request) => void } = {},
) {
  const client = useQueryClient();
  return useMutation<Guard, unknown, Request>({
    mutationFn: change,
    onSuccess: (guard) => {
      client.setQueryData(keys.guard, guard);
      onDone?.(guard);
    },
    onError: (error, request) => onFailed?.(error, request),
  });
}

/** Switches read-only mode, or the protection of the sandbox. */
export function useSetGuard(onDone?: () => void) {
  return useGuardChange((change: SetGuard) => api.setGuard(change), onDone ? { onDone } : {});
}

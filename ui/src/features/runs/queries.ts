import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import { keys } from "../../api/keys";
import type { RunView } from "../../api/types";
import { showToast } from "../../components/Toaster";

/** A run; events keep it fresh while it is under way. */
export function useRun(id: string) {
  const client = useQueryClient();
  return useQuery({
    queryKey: keys.run(id),
    queryFn: async () => {
      const before = client.getQueryData<RunView>(keys.run(id));
      const read = await api.run({ run: id });
      // An event that came meanwhile is newer than this answer.
      const told = client.getQueryData<RunView>(keys.run(id));
      return told && told !== before ? told : read;
    },
  });
}

/** Stops a run. */
export function useCancelRun() {
  return useMutation({
    mutationFn: (run: string) => api.cancelRun({ run }),
    onError: (error) => showToast({ kind: "error", title: toApiError(error).message }),
  });
}

/** Does again what failed, or goes on. */
export function useRetryRun(onStarted?: (run: string) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (run: string) => api.retryRun({ run }),
    onSuccess: ({ run }, before) => {
      for (const id of new Set([run, before])) void client.invalidateQueries({ queryKey: keys.run(id) });
      void client.invalidateQueries({ queryKey: keys.runs });
      onStarted?.(run);
    },
    onError: (error) => showToast({ kind: "error", title: toApiError(error).message }),
  });
}

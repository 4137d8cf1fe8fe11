import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import { keys } from "../../api/keys";
import type { RunView } from "../../api/types";
import { showToast } from "../../components/Toaster";
import { refusalOf } from "../guard/guarded";
import { useGuarded } from "../guard/useGuarded";

/** A run; events keep it fresh while it is in progress. */
export function useRun(id: string) {
  const client = useQueryClient();
  return useQuery({
    queryKey: keys.run(id),
    queryFn: async () => {
      const before = client.getQueryData<RunView>(keys.run(id));
      const read = await api.run({ run: id });
      // An event that arrived in the meantime is newer than this response.
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

/** Retries the failed part of a run, or resumes it; `dialog` asks to unlock what is protected. */
export function useRetryRun(onStarted?: (run: string) => void) {
  const client = useQueryClient();
  const guarded = useGuarded();
  const retry = useMutation({
    mutationFn: (run: string) => guarded.run(() => api.retryRun({ run })),
    onSuccess: ({ run }, before) => {
      for (const id of new Set([run, before])) void client.invalidateQueries({ queryKey: keys.run(id) });
      void client.invalidateQueries({ queryKey: keys.runs });
      onStarted?.(run);
    },
    onError: (error) => {
      // A dialog has said it.
      if (refusalOf(error)) return;
      const { message, hint } = toApiError(error);
      showToast({ kind: "error", title: message, ...(hint ? { text: hint } : {}) });
    },
  });
  return { ...retry, dialog: guarded.dialog };
}

/** Pauses or resumes a run. */
export function usePauseRun(run: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (pause: boolean) => (pause ? api.pauseRun({ run }) : api.continueRun({ run })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.run(run) }),
    onError: (error) => showToast({ kind: "error", title: toApiError(error).message }),
  });
}

/** Changes the bandwidth limit of a run. */
export function useSetRunLimits(run: string, concurrency: number | null) {
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (bandwidth: number | null) => api.setRunLimits({ run, bandwidth, concurrency }),
    onSettled: () => void client.invalidateQueries({ queryKey: keys.run(run) }),
    onError: (error) => showToast({ kind: "error", title: toApiError(error).message }),
  });
  return useCallback((bandwidth: number | null) => mutate(bandwidth), [mutate]);
}

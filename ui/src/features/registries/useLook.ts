import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import { keys } from "../../api/keys";
import type { ApiError, LookAt, RegistryKey } from "../../api/types";

/** Registries that are read at the same time. */
const AT_ONCE = 4;

/** A registry, or some of its repositories, that cannot be read. */
export interface LookProblem {
  registry: RegistryKey;
  error: ApiError;
}

/** A read of several registries. */
export interface Look {
  /** How far it is; null if none is in progress. */
  progress: { done: number; total: number } | null;
  problems: readonly LookProblem[];
  /** Reads registries now, then does something. */
  begin: (requests: readonly LookAt[], after?: () => Promise<unknown>) => void;
  /** Why what follows a read failed. */
  error: unknown;
}

/** Reads registries a few at a time; what was read is shown as it arrives. */
export function useLook(): Look {
  const client = useQueryClient();
  const [progress, setProgress] = useState<Look["progress"]>(null);
  const [problems, setProblems] = useState<readonly LookProblem[]>([]);
  const [error, setError] = useState<unknown>(null);
  const mounted = useRef(true);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);

  const read = async (requests: readonly LookAt[], after?: () => Promise<unknown>) => {
    const waiting = [...requests];
    let done = 0;
    const worker = async () => {
      for (let next = waiting.shift(); next && mounted.current; next = waiting.shift()) {
        const { registry } = next;
        const failed = await api.lookAtRegistry(next).then(
          (looked) => looked.problem,
          (thrown: unknown) => toApiError(thrown),
        );
        if (!mounted.current) return;
        done += 1;
        setProgress({ done, total: requests.length });
        if (failed) setProblems((known) => [...known, { registry, error: failed }]);
        void client.invalidateQueries({ queryKey: keys.compared });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (!mounted.current) return;
    await after?.().catch((thrown: unknown) => setError(thrown));
    await client.invalidateQueries({ queryKey: keys.compared });
  };

  return {
    progress,
    problems,
    error,
    begin: (requests, after) => {
      setProblems([]);
      setError(null);
      setProgress({ done: 0, total: requests.length });
      void read(requests, after).finally(() => setProgress(null));
    },
  };
}

import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import { keys } from "../../api/keys";
import type { RepositoryKey, RepositoryRow } from "../../api/types";

/** A repository; null once its registry was read and does not have it. */
export function useRepository(key: RepositoryKey) {
  return useQuery({ queryKey: keys.repository(key), queryFn: () => read(key) });
}

// That it is gone is an answer and not an error: it stays on the screen while it is asked again.
async function read(key: RepositoryKey): Promise<RepositoryRow | null> {
  try {
    return await api.repository(key);
  } catch (error) {
    if (toApiError(error).code === "repository-not-found") return null;
    throw error;
  }
}

import { useQuery } from "@tanstack/react-query";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { RegistryKey } from "../../../api/types";
import { useDebounced } from "../../../components/useDebounced";

const SUGGESTED = 50;

/** Repositories of a registry whose names contain the typed text. */
export function useNames(registry: RegistryKey, text: string) {
  const typed = useDebounced(text, 150).trim();
  const { space, account, region } = registry;
  const request = {
    scope: { space, account, region },
    text: typed,
    sort: "name",
    direction: "ascending",
    offset: 0,
    limit: SUGGESTED,
  } as const;
  return useQuery({
    queryKey: [...keys.repositories, "names", request],
    queryFn: () => api.repositories(request),
  });
}

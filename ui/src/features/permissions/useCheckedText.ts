import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { CheckedPolicyText, RegistryKey } from "../../api/types";
import { useDebounced } from "../../components/useDebounced";

/** The check result of a text that is being edited. */
export interface CheckedText {
  /** For the current text; undefined while the check runs. */
  checked: CheckedPolicyText | undefined;
  error: unknown;
  refetch: () => unknown;
}

/** Checks a text once typing has paused, with the fixes that were ticked. An empty text is not checked. */
export function useCheckedText(registry: RegistryKey, text: string, fixes: string[]): CheckedText {
  const settled = useDebounced(text, 250);
  const read = useQuery({
    queryKey: ["policyText", registry, settled, fixes],
    queryFn: () => api.checkPolicyText({ registry, text: settled, fixes }),
    enabled: settled.trim() !== "",
    // A tick changes the fixed text, not the findings of the typed text.
    placeholderData: (previous, query) => (query?.queryKey[2] === settled ? previous : undefined),
    staleTime: 0,
    gcTime: 0,
  });
  return {
    checked: settled === text ? read.data : undefined,
    error: read.isFetching ? null : read.error,
    refetch: read.refetch,
  };
}

import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { CheckedPolicyText, RegistryKey } from "../../api/types";
import { useDebounced } from "../../components/useDebounced";

/** What is known about a text that is being edited. */
export interface CheckedText {
  /** About the text as it stands; undefined while that is being found out. */
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
    // A tick changes the fixed text, not what was found in the one that was typed.
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

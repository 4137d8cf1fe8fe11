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

/** Checks a text once typing has paused. An empty text is not checked. */
export function useCheckedText(registry: RegistryKey, text: string): CheckedText {
  const settled = useDebounced(text, 250);
  const read = useQuery({
    queryKey: ["policyText", registry, settled],
    queryFn: () => api.checkPolicyText({ registry, text: settled }),
    enabled: settled.trim() !== "",
    staleTime: 0,
    gcTime: 0,
  });
  return {
    checked: settled === text ? read.data : undefined,
    error: read.isFetching ? null : read.error,
    refetch: read.refetch,
  };
}

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import type { Finding, RuleInput, RulePreview } from "../../api/types";
import { useDebounced } from "../../components/useDebounced";

/** The preview of the rule, updated while it is typed. */
export interface LivePreview {
  data: RulePreview | undefined;
  /** Findings of a rule with as many rows as there are now; their fields name the right rows. */
  findings: readonly Finding[];
  /** The preview is not yet about the current entries. */
  behind: boolean;
  error: unknown;
  refetch: () => unknown;
  /** Checks the current entries immediately, for the next step. */
  check: () => Promise<RulePreview>;
}

const key = (input: RuleInput) => ["rulePreview", input];
const nothing: readonly Finding[] = [];

/** Requests a rule's preview once typing has paused. */
export function useRulePreview(input: RuleInput): LivePreview {
  const client = useQueryClient();
  const text = JSON.stringify(input);
  const [hurried, setHurried] = useState("");
  const paused = useDebounced(input, 200);
  const settled = hurried === text ? input : paused;
  const preview = useQuery({
    queryKey: key(settled),
    queryFn: () => api.previewRule(settled),
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 10_000,
  });
  const fits =
    !preview.isPlaceholderData &&
    settled.destinations.length === input.destinations.length &&
    settled.filters.length === input.filters.length;
  return {
    data: preview.data,
    findings: fits && preview.data ? preview.data.findings : nothing,
    behind: preview.isPlaceholderData || JSON.stringify(settled) !== text,
    error: preview.isFetching ? null : preview.error,
    refetch: preview.refetch,
    check: () => {
      setHurried(text);
      return client.fetchQuery({ queryKey: key(input), queryFn: () => api.previewRule(input), staleTime: 0 });
    },
  };
}

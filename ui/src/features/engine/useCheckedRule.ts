import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { CheckedEngineRule, EngineFinding, EngineRuleInput, Space } from "../../api/types";
import { useDebounced } from "../../components/useDebounced";

/** A rule's check result, updated while it is typed. */
export interface CheckedRule {
  data: CheckedEngineRule | undefined;
  /** Only while they are about the current text. */
  findings: readonly EngineFinding[];
  /** The rule as it was when typing last paused. */
  settled: EngineRuleInput;
  behind: boolean;
  error: unknown;
  refetch: () => unknown;
  /** Checks the current text immediately. */
  check: () => Promise<CheckedEngineRule>;
}

const nothing: readonly EngineFinding[] = [];

/** Checks a rule once typing has paused. */
export function useCheckedRule(space: Space, input: EngineRuleInput): CheckedRule {
  const client = useQueryClient();
  const settled = useDebounced(input, 250);
  const options = (rule: EngineRuleInput) => ({
    queryKey: ["checkedEngineRule", space, rule],
    queryFn: () => api.checkEngineRule({ space, rule }),
    gcTime: 10_000,
  });
  const read = useQuery({ ...options(settled), placeholderData: keepPreviousData });
  const now = useQuery({ ...options(input), enabled: false });
  const fits = now.data ?? (JSON.stringify(settled) === JSON.stringify(input) ? read.data : undefined);
  const current = read.isPlaceholderData ? now.data : fits;
  return {
    data: current ?? read.data,
    findings: current?.findings ?? nothing,
    settled,
    behind: current === undefined,
    error: read.isFetching ? null : read.error,
    refetch: read.refetch,
    check: () => client.fetchQuery({ ...options(input), staleTime: 0 }),
  };
}

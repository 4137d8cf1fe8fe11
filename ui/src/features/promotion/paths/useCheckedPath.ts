import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "../../../api/client";
import type { AppliedPaths, Space } from "../../../api/types";
import { useDebounced } from "../../../components/useDebounced";

/** The check of a path file. */
export interface CheckedPath {
  applied: AppliedPaths | undefined;
  /** Whether exactly the text that is typed can be saved. */
  valid: boolean;
  busy: boolean;
  /** The first line with an error. */
  errorLine: number | null;
  /** Why the text could not be checked. */
  error: unknown;
  again: () => void;
}

const CHECKED_AFTER_MS = 300;

/** Checks a path file a moment after it was typed. */
export function useCheckedPath(space: Space, text: string): CheckedPath {
  const settled = useDebounced(text, CHECKED_AFTER_MS);
  const read = useQuery({
    queryKey: ["checkedPath", space, settled],
    queryFn: () => api.applyPaths({ space, text: settled, checkOnly: true }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const errors = read.data?.findings.filter(({ finding }) => finding.severity === "error") ?? [];
  const current = settled === text && !read.isPlaceholderData && !read.isFetching;
  return {
    applied: read.data,
    valid: current && read.data !== undefined && errors.length === 0,
    busy: !current,
    errorLine: errors.find(({ line }) => line !== null)?.line ?? null,
    error: read.isFetching ? null : read.error,
    again: () => void read.refetch(),
  };
}

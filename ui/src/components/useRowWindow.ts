import { type QueryKey, useQueries } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { FRESH_FOR } from "./fresh";

/** A window of a long list, as the application returns it. */
export interface RowWindow<Row> {
  total: number;
  rows: Row[];
}

const PAGE = 100;

/** A long list that reads only the visible pages. */
export interface WindowedRows<Row, Answer> {
  /** Rows in the whole list; undefined before the first response. */
  total: number | undefined;
  /** The row, if its page has been read. */
  rowAt: (index: number) => Row | undefined;
  /** Must be called with the visible rows. */
  onRange: (first: number, last: number) => void;
  /** The newest response, for its values other than the rows. */
  latest: Answer | undefined;
  error: unknown;
  refetch: () => void;
}

/**
 * Reads a long list by windows. After a change of the filter the old rows stay until there is a
 * response.
 */
export function useRowWindow<Row, Answer extends RowWindow<Row>>(
  queryKey: QueryKey,
  read: (offset: number, limit: number) => Promise<Answer>,
): WindowedRows<Row, Answer> {
  const [range, setRange] = useState({ first: 0, last: 0 });
  const pages = Array.from({ length: range.last - range.first + 1 }, (_, page) => range.first + page);
  const results = useQueries({
    queries: pages.map((page) => ({
      queryKey: [...queryKey, { page }],
      queryFn: () => read(page * PAGE, PAGE),
      refetchInterval: FRESH_FOR,
    })),
  });

  const onRange = useCallback((firstRow: number, lastRow: number) => {
    const first = Math.floor(Math.max(0, firstRow) / PAGE);
    const last = Math.max(first, Math.floor(Math.max(0, lastRow) / PAGE));
    setRange((old) => (old.first === first && old.last === last ? old : { first, last }));
  }, []);

  const answered = results.find((result) => result.data);
  const previous = useRef<{ pages: Map<number, Row[]>; latest: Answer } | undefined>(undefined);
  if (answered?.data) {
    const byPage = new Map<number, Row[]>();
    results.forEach((result, position) => {
      const page = pages[position];
      if (result.data && page !== undefined) byPage.set(page, result.data.rows);
    });
    previous.current = { pages: byPage, latest: answered.data };
  }
  const shown = previous.current;
  const failed = results.find((result) => result.error && !result.data);
  return {
    total: shown?.latest.total,
    rowAt: (index) => shown?.pages.get(Math.floor(index / PAGE))?.[index % PAGE],
    onRange,
    latest: shown?.latest,
    error: failed?.error ?? null,
    refetch: () => {
      for (const result of results) void result.refetch();
    },
  };
}

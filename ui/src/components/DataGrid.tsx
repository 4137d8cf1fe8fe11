import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useId, useRef, useState } from "react";
import { cx } from "./cx";
import styles from "./DataGrid.module.css";
import { GridHeader } from "./GridHeader";
import { GridRow } from "./GridRow";

export interface Column<Row> {
  id: string;
  header: string;
  /** A track of CSS grid: `minmax(160px, 2fr)`, `96px`. */
  width: string;
  align?: "start" | "end";
  sortable?: boolean;
  /** No text in the header, only its accessible name. */
  hideHeader?: boolean;
  cell: (row: Row) => ReactNode;
}

export interface Sorting {
  column: string;
  direction: "ascending" | "descending";
}

export interface DataGridProps<Row> {
  /** The accessible name. */
  label: string;
  /** Keep it the same between renders: rows are drawn again when it changes. */
  columns: readonly Column<Row>[];
  total: number;
  rowAt: (index: number) => Row | undefined;
  rowKey: (row: Row) => string;
  /** Receives the range of visible rows, so that their window can be read. */
  onRange?: (first: number, last: number) => void;
  /** Enter, or a click. */
  onOpen?: (row: Row) => void;
  /** The row whose details are shown next to the grid. */
  openKey?: string | null;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  selection?: ReadonlySet<string>;
  onSelection?: (selection: ReadonlySet<string>) => void;
  /** Names the check box of a row. */
  selectLabel?: (row: Row) => string;
  /** When it changes, the grid scrolls to its top: the filter and the sort order. */
  resetKey?: string;
  /** Below this many pixels the grid scrolls sideways. */
  minWidth?: number;
  /** Pixels of each row, where a row has two lines; the same while the grid is shown. */
  rowHeight?: number;
  /** The height in rows, at most; without it the grid fills its container. */
  maxRows?: number;
  "data-testid"?: string;
}

/** Pixels. The same as `--row` in the tokens. */
export const ROW_HEIGHT = 32;
const OVERSCAN = 8;

/** Rows of a list of any length. Only visible rows are rendered, and only their windows are read. */
export function DataGrid<Row>(props: DataGridProps<Row>) {
  const { columns, total, rowAt, rowKey, onRange, onOpen, openKey, selection, onSelection, selectLabel } =
    props;
  const { rowHeight = ROW_HEIGHT } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const [focused, setFocused] = useState(false);

  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    // Rows just outside the viewport are rendered too, so that a scroll need not wait for React.
    useFlushSync: false,
    // The sticky header covers the first row's height of the viewport.
    scrollPaddingStart: ROW_HEIGHT,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onRange?.(first, last), [onRange, first, last]);

  const { resetKey } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: exactly when the key changes
  useEffect(() => {
    scroller.current?.scrollTo?.({ top: 0 });
    setActive(0);
  }, [resetKey]);

  // Rows are memoised, so their callbacks must be stable.
  const latest = useRef({ onOpen, onSelection, selection, rowKey });
  latest.current = { onOpen, onSelection, selection, rowKey };
  const open = useCallback((row: Row, index: number) => {
    setActive(index);
    latest.current.onOpen?.(row);
  }, []);
  const toggle = useCallback((row: Row) => {
    const { selection: chosen, onSelection: choose, rowKey: keyOf } = latest.current;
    const next = new Set(chosen);
    const key = keyOf(row);
    if (!next.delete(key)) next.add(key);
    choose?.(next);
  }, []);

  const go = (index: number) => {
    const next = Math.max(0, Math.min(total - 1, index));
    setActive(next);
    virtual.scrollToIndex(next, { align: "auto" });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== event.currentTarget || total === 0) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const row = rowAt(active);
    if (event.key === "ArrowDown") go(active + 1);
    else if (event.key === "ArrowUp") go(active - 1);
    else if (event.key === "PageDown") go(active + page);
    else if (event.key === "PageUp") go(active - page);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(total - 1);
    else if (event.key === "Enter" && row) open(row, active);
    else if (event.key === " " && onSelection && row) toggle(row);
    else return;
    event.preventDefault();
  };

  const template = [...(onSelection ? ["36px"] : []), ...columns.map((column) => column.width)].join(" ");
  const height = props.maxRows ? Math.min(props.maxRows, total) * rowHeight + ROW_HEIGHT + 2 : undefined;
  return (
    <div
      ref={scroller}
      className={cx(styles.grid, height === undefined && styles.filling)}
      style={height === undefined ? undefined : { height }}
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={total + 1}
      aria-multiselectable={onSelection ? true : undefined}
      aria-activedescendant={total > 0 ? `${id}-${active}` : undefined}
      onKeyDown={onKeyDown}
      onFocus={(event) => setFocused(event.target === event.currentTarget)}
      onBlur={() => setFocused(false)}
      data-testid={props["data-testid"]}
    >
      <div style={{ minWidth: props.minWidth ?? 640 }}>
        <GridHeader
          columns={columns}
          template={template}
          selectable={Boolean(onSelection)}
          sorting={props.sorting}
          onSort={props.onSort}
        />
        <div className={styles.rows} style={{ height: virtual.getTotalSize() }} role="rowgroup">
          {items.map(({ index }) => {
            const row = rowAt(index);
            const key = row && rowKey(row);
            return (
              <GridRow
                key={index}
                id={`${id}-${index}`}
                index={index}
                height={rowHeight}
                row={row}
                columns={columns}
                template={template}
                active={focused && index === active}
                opened={key !== undefined && key === openKey}
                selected={selection && key !== undefined ? selection.has(key) : undefined}
                selectLabel={row && selectLabel?.(row)}
                openable={Boolean(onOpen)}
                onOpen={open}
                onToggle={toggle}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

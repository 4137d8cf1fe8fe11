import { Check } from "lucide-react";
import { memo } from "react";
import { cx } from "./cx";
import type { Column } from "./DataGrid";
import styles from "./DataGrid.module.css";
import field from "./Field.module.css";
import { Skeleton } from "./States";

interface GridRowProps<Row> {
  id: string;
  index: number;
  /** Pixels. */
  height: number;
  row: Row | undefined;
  columns: readonly Column<Row>[];
  template: string;
  active: boolean;
  opened: boolean;
  selected: boolean | undefined;
  selectLabel: string | undefined;
  openable: boolean;
  onOpen: (row: Row, index: number) => void;
  onToggle: (row: Row) => void;
}

function Row<R>(props: GridRowProps<R>) {
  const { row, index, height, columns, selected, onOpen, onToggle } = props;
  return (
    <div
      id={props.id}
      className={cx(
        styles.row,
        props.openable && styles.openable,
        props.active && styles.active,
        props.opened && styles.opened,
      )}
      style={{ gridTemplateColumns: props.template, height, transform: `translateY(${index * height}px)` }}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      aria-current={props.opened ? "true" : undefined}
      onClick={(event) => {
        if (!row || (event.target as Element).closest("button, a, input, label, [role=checkbox]")) return;
        onOpen(row, index);
      }}
    >
      {selected !== undefined && row && (
        <div className={styles.cell} role="gridcell">
          {/* The shared check box has hints and errors like a field, which a row does not need. */}
          <button
            type="button"
            role="checkbox"
            aria-checked={selected}
            data-checked={selected ? "" : undefined}
            aria-label={props.selectLabel}
            className={field.box}
            onClick={() => onToggle(row)}
          >
            {selected && <Check aria-hidden="true" />}
          </button>
        </div>
      )}
      {row
        ? columns.map((column) => (
            <div
              key={column.id}
              className={cx(styles.cell, column.align === "end" && styles.end)}
              role="gridcell"
              data-column={column.id}
            >
              {column.cell(row)}
            </div>
          ))
        : columns.map((column) => (
            <div key={column.id} className={styles.cell} role="gridcell">
              <Skeleton width="60%" height={10} />
            </div>
          ))}
    </div>
  );
}

/** A row of a grid; rendered again only if its data changes. */
export const GridRow = memo(Row) as typeof Row;

import { ArrowDown, ArrowUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "./cx";
import type { Column, Sorting } from "./DataGrid";
import styles from "./DataGrid.module.css";

/** The column headers; some of them sort. They stay visible while the rows scroll. */
export function GridHeader<Row>({
  columns,
  template,
  selectable,
  sorting,
  onSort,
}: {
  columns: readonly Column<Row>[];
  template: string;
  selectable: boolean;
  sorting: Sorting | undefined;
  onSort: ((sorting: Sorting) => void) | undefined;
}) {
  const { t } = useTranslation();
  return (
    <div className={styles.header} style={{ gridTemplateColumns: template }} role="row" aria-rowindex={1}>
      {selectable && (
        <div className={styles.headerCell} role="columnheader">
          <span className="visually-hidden">{t("common.select")}</span>
        </div>
      )}
      {columns.map((column) => {
        const sorted = sorting?.column === column.id ? sorting.direction : undefined;
        return (
          <div
            key={column.id}
            className={cx(styles.headerCell, column.align === "end" && styles.end)}
            role="columnheader"
            aria-sort={column.sortable ? (sorted ?? "none") : undefined}
          >
            {column.sortable && onSort ? (
              <button
                type="button"
                className={styles.sort}
                onClick={() =>
                  onSort({
                    column: column.id,
                    direction: sorted === "ascending" ? "descending" : "ascending",
                  })
                }
              >
                {column.header}
                {sorted === "ascending" && <ArrowUp aria-hidden="true" />}
                {sorted === "descending" && <ArrowDown aria-hidden="true" />}
              </button>
            ) : (
              <span className={column.hideHeader ? "visually-hidden" : undefined}>{column.header}</span>
            )}
          </div>
        );
      })}
    </div>
  );
}

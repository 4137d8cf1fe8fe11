import type { TFunction } from "i18next";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { PlanImage, PlanImageAction, PlanImageShow, PlanImageWindow } from "../../api/types";
import { Badge, type Tone } from "../../components/Badge";
import { type Column, DataGrid } from "../../components/DataGrid";
import { SearchField } from "../../components/SearchField";
import { Select } from "../../components/Select";
import { ErrorState, SkeletonLines } from "../../components/States";
import { useDebounced } from "../../components/useDebounced";
import { useRowWindow } from "../../components/useRowWindow";
import styles from "./PlanBody.module.css";
import { shortReason } from "./reason";

const shows = ["all", "work", "skipped", "problems", "removed", "notSelected"] as const;

const tones: Partial<Record<PlanImageAction, Tone>> = {
  copy: "accent",
  mount: "success",
  retag: "success",
  attach: "success",
  conflict: "danger",
  unavailable: "danger",
  remove: "danger",
  keep: "warning",
};

const rowKey = (row: PlanImage) => `${row.place} ${row.source} ${row.destination} ${row.action}`;

/** The images of an engine plan, each with its action and reason, read by windows. */
export function EnginePlanRows({ plan, problems }: { plan: string; problems: boolean }) {
  const { t } = useTranslation();
  const [show, setShow] = useState<PlanImageShow>(problems ? "problems" : "all");
  const [text, setText] = useState("");
  const search = useDebounced(text.trim());
  const list = useRowWindow<PlanImage, PlanImageWindow>(
    [...keys.planImages(plan), { show, search }],
    (offset, limit) => api.planImages({ plan, offset, limit, show, search }),
  );
  const columns = useMemo(() => planColumns(t), [t]);
  return (
    <section className={styles.rows} aria-label={t("plans.engine.rows")}>
      <div className={styles.filters}>
        <Select<PlanImageShow>
          label={t("plans.engine.show")}
          hideLabel
          value={show}
          options={shows.map((value) => ({ value, label: t(`plans.engine.showing.${value}`) }))}
          onChange={setShow}
          data-testid="plan-images-show"
        />
        <SearchField
          label={t("plans.engine.search")}
          value={text}
          onChange={setText}
          data-testid="plan-images-search"
        />
      </div>
      {list.error ? (
        <ErrorState error={list.error} compact onRetry={list.refetch} />
      ) : list.total === undefined ? (
        <SkeletonLines lines={4} />
      ) : list.total === 0 ? (
        <p className={styles.muted} data-testid="plan-images-none">
          {t("plans.engine.noRows")}
        </p>
      ) : (
        <DataGrid
          label={t("plans.engine.rows")}
          columns={columns}
          total={list.total}
          rowAt={list.rowAt}
          rowKey={rowKey}
          onRange={list.onRange}
          resetKey={`${show} ${search}`}
          minWidth={520}
          maxRows={9}
          data-testid="plan-images-grid"
        />
      )}
    </section>
  );
}

function planColumns(t: TFunction): Column<PlanImage>[] {
  return [
    {
      id: "action",
      header: t("plans.engine.columns.action"),
      width: "112px",
      cell: (row) => (
        <Badge tone={tones[row.action] ?? "neutral"}>{t(`plans.engine.action.${row.action}`)}</Badge>
      ),
    },
    {
      id: "image",
      header: t("plans.engine.columns.image"),
      width: "minmax(160px, 1fr)",
      cell: (row) => (
        <span
          className={styles.ellipsis}
          title={[row.source, row.destination].filter(Boolean).join(" → ")}
          data-testid="plan-image"
          data-action={row.action}
        >
          {row.destination || row.source}
        </span>
      ),
    },
    {
      id: "why",
      header: t("plans.engine.columns.why"),
      width: "minmax(180px, 1.4fr)",
      cell: (row) => (
        <span className={styles.ellipsis} title={row.text}>
          {shortReason(row.text)}
        </span>
      ),
    },
  ];
}

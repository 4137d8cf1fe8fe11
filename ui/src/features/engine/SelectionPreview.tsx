import type { TFunction } from "i18next";
import { Ban, CircleCheck, CircleHelp } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type {
  EnginePreviewShow,
  EngineRuleInput,
  EngineRulePreview,
  EngineRulePreviewRow,
  EngineVerdict,
  Space,
} from "../../api/types";
import { type Status, StatusPill } from "../../components/Badge";
import { type Column, DataGrid } from "../../components/DataGrid";
import { Notice } from "../../components/Findings";
import { formatBytes } from "../../components/format";
import { SearchField } from "../../components/SearchField";
import { Select } from "../../components/Select";
import { ErrorState, SkeletonLines } from "../../components/States";
import { useDebounced } from "../../components/useDebounced";
import { useRowWindow } from "../../components/useRowWindow";
import { Ago, Bytes } from "../../components/Values";
import { shortReason } from "../plans/reason";
import styles from "./Wizard.module.css";

const shows = ["all", "selected", "notSelected", "undecided"] as const;

const looks: Record<EngineVerdict, Status> = {
  selected: "complete",
  notSelected: "cancelled",
  undecided: "unknown",
};

const icons: Record<EngineVerdict, typeof Ban> = {
  selected: CircleCheck,
  notSelected: Ban,
  undecided: CircleHelp,
};

const rowKey = (row: EngineRulePreviewRow) => `${row.repository}:${row.tag}`;

/** The known tags that a rule selects, and the reason for every other tag. */
export function SelectionPreview({ space, rule }: { space: Space; rule: EngineRuleInput }) {
  const { t } = useTranslation();
  const [show, setShow] = useState<EnginePreviewShow>("all");
  const [text, setText] = useState("");
  const search = useDebounced(text.trim());
  const list = useRowWindow<EngineRulePreviewRow, EngineRulePreview>(
    [...keys.enginePreview, space, rule, { show, search }],
    (offset, limit) => api.previewEngineRule({ space, rule, offset, limit, show, search }),
  );
  const columns = useMemo(() => previewColumns(t), [t]);
  const preview = list.latest;
  const broken = preview?.findings.some((finding) => finding.severity === "error") ?? false;
  return (
    <section className={styles.preview} aria-label={t("engine.wizard.preview")} data-testid="engine-preview">
      <h3 className={styles.legend}>{t("engine.wizard.preview")}</h3>
      {list.error ? (
        <ErrorState error={list.error} compact onRetry={list.refetch} />
      ) : !preview ? (
        <SkeletonLines lines={5} />
      ) : broken ? (
        <p className={styles.muted}>{t("engine.wizard.notYet")}</p>
      ) : (
        <>
          <p className={styles.totals} role="status" data-testid="engine-preview-totals">
            <strong>{t("engine.wizard.selected", { count: preview.selected })}</strong>
            <span>{t("engine.wizard.notSelected", { count: preview.notSelected })}</span>
            {preview.undecided > 0 && (
              <span>{t("engine.wizard.undecided", { count: preview.undecided })}</span>
            )}
            <span>{t("engine.wizard.inRepositories", { count: preview.repositories })}</span>
            <span>{formatBytes(preview.bytes)}</span>
          </p>
          {!preview.known && <Notice>{t("engine.wizard.unknown")}</Notice>}
          <div className={styles.filters}>
            <Select<EnginePreviewShow>
              label={t("engine.wizard.show")}
              hideLabel
              value={show}
              options={shows.map((value) => ({ value, label: t(`engine.wizard.showing.${value}`) }))}
              onChange={setShow}
              data-testid="engine-preview-show"
            />
            <SearchField
              label={t("engine.wizard.searchPreview")}
              value={text}
              onChange={setText}
              data-testid="engine-preview-search"
            />
          </div>
          {list.total === 0 ? (
            <p className={styles.muted} data-testid="engine-preview-none">
              {t("engine.wizard.noRows")}
            </p>
          ) : (
            <DataGrid
              label={t("engine.wizard.preview")}
              columns={columns}
              total={list.total ?? 0}
              rowAt={list.rowAt}
              rowKey={rowKey}
              onRange={list.onRange}
              resetKey={`${show} ${search}`}
              minWidth={400}
              maxRows={11}
              data-testid="engine-preview-grid"
            />
          )}
          {preview.unknown.map((sentence) => (
            <p key={sentence} className={styles.muted}>
              {sentence}
            </p>
          ))}
          {preview.read && (
            <p className={styles.faint}>
              {t("common.asOf")} <Ago at={preview.read} />
            </p>
          )}
        </>
      )}
    </section>
  );
}

function previewColumns(t: TFunction): Column<EngineRulePreviewRow>[] {
  return [
    {
      id: "tag",
      header: t("engine.wizard.previewColumns.tag"),
      width: "minmax(120px, 1fr)",
      cell: (row) => (
        <span className={styles.ellipsis} title={[rowKey(row), ...row.destinations].join(" → ")}>
          {rowKey(row)}
        </span>
      ),
    },
    {
      id: "verdict",
      header: t("engine.wizard.previewColumns.verdict"),
      width: "minmax(190px, 1.5fr)",
      cell: (row) => <Verdict row={row} t={t} />,
    },
    {
      id: "bytes",
      header: t("engine.wizard.previewColumns.bytes"),
      width: "76px",
      align: "end",
      cell: (row) => <Bytes value={row.bytes} />,
    },
  ];
}

function Verdict({ row, t }: { row: EngineRulePreviewRow; t: TFunction }) {
  const Why = icons[row.verdict];
  return (
    <span
      className={styles.verdict}
      title={row.reason ?? undefined}
      data-testid="engine-preview-row"
      data-verdict={row.verdict}
      data-tag={rowKey(row)}
    >
      {row.reason ? (
        <>
          <Why aria-hidden="true" />
          <span className={styles.ellipsis}>{shortReason(row.reason)}</span>
        </>
      ) : (
        <StatusPill status={looks[row.verdict]}>{t(`engine.wizard.verdict.${row.verdict}`)}</StatusPill>
      )}
    </span>
  );
}

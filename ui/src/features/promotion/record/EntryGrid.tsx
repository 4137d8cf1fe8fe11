import type { TFunction } from "i18next";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { PromotionEntry } from "../../../api/types";
import { type Column, DataGrid } from "../../../components/DataGrid";
import { Ago, LongName } from "../../../components/Values";
import { entryBuild, eventText } from "./recordText";

const rowKey = ({ sequence }: PromotionEntry) => String(sequence);

/** Entries of the record in a grid. */
export function EntryGrid({
  label,
  entries,
  onOpen,
  maxRows,
  "data-testid": testId,
}: {
  label: string;
  entries: readonly PromotionEntry[];
  onOpen: (sequence: number) => void;
  maxRows?: number;
  "data-testid": string;
}) {
  const { t } = useTranslation();
  const columns = useMemo(() => entryColumns(t), [t]);
  const open = useCallback(({ sequence }: PromotionEntry) => onOpen(sequence), [onOpen]);
  return (
    <DataGrid
      label={label}
      columns={columns}
      total={entries.length}
      rowAt={(index) => entries[index]}
      rowKey={rowKey}
      onOpen={open}
      {...(maxRows ? { maxRows } : {})}
      data-testid={testId}
    />
  );
}

function entryColumns(t: TFunction): Column<PromotionEntry>[] {
  const text = (value: string | null, mono = false) =>
    value === null ? t("common.none") : <LongName text={value} mono={mono} />;
  return [
    { id: "at", header: t("record.columns.at"), width: "100px", cell: ({ at }) => <Ago at={at} /> },
    {
      id: "event",
      header: t("record.columns.event"),
      width: "110px",
      cell: (entry) => eventText(t, entry),
    },
    {
      id: "service",
      header: t("record.columns.service"),
      width: "minmax(110px, 1fr)",
      cell: ({ service }) => text(service, true),
    },
    {
      id: "stage",
      header: t("record.columns.stage"),
      width: "minmax(90px, 0.7fr)",
      cell: ({ stage }) => text(stage),
    },
    {
      id: "build",
      header: t("record.columns.build"),
      width: "minmax(150px, 1.2fr)",
      cell: (entry) => text(entryBuild(entry), true),
    },
    {
      id: "by",
      header: t("record.columns.by"),
      width: "minmax(90px, 0.8fr)",
      cell: ({ by }) => text(by),
    },
  ];
}

import type { TFunction } from "i18next";
import type { ReplicatedCost, RepositoryCost } from "../../api/types";
import type { Column } from "../../components/DataGrid";
import { formatBytes } from "../../components/format";
import { Bytes, Count, LongName } from "../../components/Values";
import { amount, month } from "./amounts";

/** What each repository stores and costs. */
export function repositoryColumns(t: TFunction, currency: string): Column<RepositoryCost>[] {
  return [
    {
      id: "repository",
      header: t("cost.repository"),
      width: "minmax(180px, 2fr)",
      cell: (row) => <LongName text={row.repository} mono />,
    },
    {
      id: "images",
      header: t("cost.images"),
      width: "90px",
      align: "end",
      cell: (row) => (row.problem ? null : <Count value={row.images} />),
    },
    {
      id: "bytes",
      header: t("cost.standard"),
      width: "120px",
      align: "end",
      cell: (row) =>
        row.problem ? (
          <span title={row.problem.message}>{t("cost.unread")}</span>
        ) : (
          <Bytes value={row.bytes} />
        ),
    },
    {
      id: "archived",
      header: t("cost.archive"),
      width: "110px",
      align: "end",
      cell: (row) => (row.problem ? null : <Bytes value={row.archived} />),
    },
    {
      id: "growth",
      header: t("cost.growth"),
      width: "minmax(150px, 1fr)",
      align: "end",
      cell: ({ growth, problem }) => {
        if (problem) return null;
        if (!growth) return <span title={t("cost.noSampleTitle")}>{t("cost.noSample")}</span>;
        const sign = growth.per30Days < 0 ? "−" : "+";
        return (
          <span title={t("cost.since", { day: growth.since })}>
            {sign}
            {formatBytes(Math.abs(growth.per30Days))}
          </span>
        );
      },
    },
    {
      id: "month",
      header: t("cost.perMonth"),
      width: "120px",
      align: "end",
      cell: (row) => (row.problem ? null : (amount(row.perMonth, currency) ?? t("cost.unknownPrice"))),
    },
  ];
}

/** What was replicated of each repository, by destination and month. */
export function replicatedColumns(t: TFunction, currency: string): Column<ReplicatedCost>[] {
  return [
    { id: "month", header: t("cost.month"), width: "90px", cell: (row) => month(row.month) },
    {
      id: "repository",
      header: t("cost.repository"),
      width: "minmax(160px, 2fr)",
      cell: (row) => <LongName text={row.repository} mono />,
    },
    {
      id: "destination",
      header: t("cost.destination"),
      width: "minmax(180px, 1.4fr)",
      cell: (row) => <LongName text={row.destination} mono />,
    },
    {
      id: "bytes",
      header: t("cost.moved"),
      width: "110px",
      align: "end",
      cell: (row) => <Bytes value={row.bytes} />,
    },
    {
      id: "gbMonths",
      header: t("cost.gbMonths"),
      width: "110px",
      align: "end",
      cell: (row) => row.gbMonths.toFixed(3),
    },
    {
      id: "transfer",
      header: t("cost.transfer"),
      width: "130px",
      align: "end",
      cell: (row) => amount(row.transfer, currency) ?? t("cost.unknownPrice"),
    },
    {
      id: "storage",
      header: t("cost.storage"),
      width: "120px",
      align: "end",
      cell: (row) => amount(row.storage, currency) ?? t("cost.unknownPrice"),
    },
  ];
}

import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { PlanExpiring, PlanExpiry } from "../../api/types";
import { Badge } from "../../components/Badge";
import { type Column, DataGrid } from "../../components/DataGrid";
import styles from "./PlanBody.module.css";

const rowKey = (row: PlanExpiring) => `${row.at} ${row.repository} ${row.digest}`;

/** Images that lifecycle policies of the destination will expire after a plan has run, and why. */
export function ExpiryList({ expiry }: { expiry: PlanExpiry }) {
  const { t } = useTranslation();
  const { rows, total } = expiry;
  const columns = useMemo(() => {
    const places = new Set(rows.map((row) => row.at));
    return expiringColumns(t, places.size > 1);
  }, [t, rows]);
  return (
    <section className={styles.rows} aria-label={t("plans.expiry.title")} data-testid="plan-expiry">
      <h3 className={styles.heading}>{t("plans.expiry.title")}</h3>
      <p className={styles.muted}>{t("plans.expiry.about")}</p>
      <DataGrid
        label={t("plans.expiry.title")}
        columns={columns}
        total={rows.length}
        rowAt={(index) => rows[index]}
        rowKey={rowKey}
        minWidth={560}
        maxRows={6}
        data-testid="plan-expiry-grid"
      />
      {total > rows.length && (
        <p className={styles.muted} data-testid="plan-expiry-more">
          {t("plans.expiry.more", { count: total - rows.length })}
        </p>
      )}
    </section>
  );
}

function imageName(row: PlanExpiring) {
  const tag = row.tags[0];
  return tag === undefined ? `${row.repository}@${row.digest.slice(0, 19)}` : `${row.repository}:${tag}`;
}

/** Everything that identifies the image. */
function wholeName(row: PlanExpiring) {
  const tags = row.tags.length === 0 ? [row.repository] : row.tags.map((tag) => `${row.repository}:${tag}`);
  return [...tags, row.digest].join("\n");
}

function expiringColumns(t: TFunction, several: boolean): Column<PlanExpiring>[] {
  const columns: Column<PlanExpiring>[] = [
    {
      id: "what",
      header: t("plans.expiry.columns.what"),
      width: "104px",
      cell: (row) => (
        <Badge tone={row.archived ? "warning" : "danger"}>
          {t(row.archived ? "plans.expiry.archived" : "plans.expiry.expires")}
        </Badge>
      ),
    },
    {
      id: "image",
      header: t("plans.expiry.columns.image"),
      width: "minmax(180px, 1.3fr)",
      cell: (row) => {
        const others = Math.max(row.tags.length - 1, 0) + row.moreTags;
        return (
          <span
            className={styles.ellipsis}
            title={wholeName(row)}
            data-testid="plan-expiring"
            data-incoming={row.incoming}
          >
            {imageName(row)}
            {others > 0 && ` ${t("plans.expiry.moreTags", { count: others })}`}
          </span>
        );
      },
    },
    {
      id: "whence",
      header: t("plans.expiry.columns.whence"),
      width: "128px",
      cell: (row) => {
        const key = row.incoming ? "incoming" : row.anyway ? "anyway" : "existing";
        return (
          <span className={styles.ellipsis} title={t(`plans.expiry.${key}Long`)}>
            {t(`plans.expiry.${key}`)}
          </span>
        );
      },
    },
    {
      id: "why",
      header: t("plans.expiry.columns.why"),
      width: "minmax(160px, 1fr)",
      cell: (row) => {
        const text = t("plans.expiry.why", { rule: row.rule, reason: row.reason });
        return (
          <span className={styles.ellipsis} title={text}>
            {text}
          </span>
        );
      },
    },
  ];
  if (several) {
    columns.splice(2, 0, {
      id: "at",
      header: t("plans.expiry.columns.at"),
      width: "minmax(110px, 0.6fr)",
      cell: (row) => (
        <span className={styles.ellipsis} title={row.at}>
          {row.at}
        </span>
      ),
    });
  }
  return columns;
}

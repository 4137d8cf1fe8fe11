import { useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { RegistryKey } from "../../api/types";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import styles from "./Backfill.module.css";
import { BackfillRow } from "./BackfillRow";
import { isActive } from "./backfillForm";

const FOLLOWED = 5_000;

/** The backfills of a registry; while one is in progress they are read every few seconds. */
export function BackfillList({ registry }: { registry: RegistryKey }) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: [...keys.backfills, registryId(registry)],
    queryFn: () => api.backfills(registry),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      state.data?.some((each) => isActive(each) || each.status === "stopping") ? FOLLOWED : false,
  });
  const error = read.error && <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />;
  if (!read.data) return error || <SkeletonLines lines={4} />;
  return (
    <div className={styles.page}>
      {error}
      {read.data.length === 0 ? (
        <EmptyState icon={<History />} title={t("backfill.none")} text={t("backfill.noneText")} />
      ) : (
        <>
          <p className={styles.muted}>{t("backfill.note")}</p>
          <ul className={styles.list} aria-label={t("backfill.list")}>
            {read.data.map((each) => (
              <BackfillRow key={each.id} registry={registry} backfill={each} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

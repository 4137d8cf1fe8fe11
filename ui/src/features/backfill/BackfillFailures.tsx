import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { BackfillView, RegistryKey } from "../../api/types";
import { ErrorState, SkeletonLines } from "../../components/States";
import { FailedImage } from "../plans/FailedImage";
import { CheckReadiness } from "../readiness/CheckReadiness";
import styles from "./Backfill.module.css";

/** The images that a backfill could not replicate, each with ECR's reason and what can be done. */
export function BackfillFailures({ registry, backfill }: { registry: RegistryKey; backfill: BackfillView }) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: [...keys.backfills, registryId(registry), backfill.id],
    queryFn: () => api.backfillFailures({ registry, id: backfill.id }),
  });
  if (!read.data) {
    return read.error && !read.isFetching ? (
      <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
    ) : (
      <SkeletonLines lines={3} />
    );
  }
  if (read.data.length === 0) return <p className={styles.muted}>{t("backfill.failures.none")}</p>;
  return (
    <div className={styles.failures}>
      <p className={styles.help}>
        <span>{t("backfill.failures.help")}</span>
        <CheckReadiness registry={registry} />
      </p>
      <ul aria-label={t("backfill.failures.title")}>
        {read.data.map((failure, index) => (
          <FailedImage
            // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes, and rows may be alike
            key={index}
            image={{ repository: { registry, repository: failure.repository }, digest: failure.digest }}
            tag={failure.tag}
            destination={backfill.destination}
            reason={failure.codes.length > 0 ? failure.codes.join(", ") : t("backfill.failures.noCode")}
            data-testid="backfill-failure"
          />
        ))}
      </ul>
      {read.data.length < backfill.failed && (
        <p className={styles.muted}>
          {t("backfill.failures.more", { shown: read.data.length, count: backfill.failed })}
        </p>
      )}
    </div>
  );
}

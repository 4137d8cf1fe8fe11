import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { BackfillFailure, BackfillView, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { visible } from "../../components/hidden";
import { ErrorState, SkeletonLines } from "../../components/States";
import { Digest, LongName } from "../../components/Values";
import { useReview } from "../plans/PlanProvider";
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
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes, and rows may be alike
          <Failure key={index} registry={registry} destination={backfill.destination} failure={failure} />
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

function Failure({
  registry,
  destination,
  failure: { repository, tag, digest, codes },
}: {
  registry: RegistryKey;
  destination: RegistryKey;
  failure: BackfillFailure;
}) {
  const { t } = useTranslation();
  const review = useReview();
  return (
    <li className={styles.failure} data-testid="backfill-failure">
      <LongName text={visible(tag ? `${repository}:${tag}` : repository)} />
      {digest ? <Digest value={digest} /> : <span className={styles.muted}>{t("common.none")}</span>}
      <span className={styles.text}>
        {codes.length > 0 ? visible(codes.join(", ")) : t("backfill.failures.noCode")}
      </span>
      {digest && (
        <Button
          size="small"
          onClick={() =>
            review({
              request: {
                change: "replicateAgain",
                image: { repository: { registry, repository }, digest },
                destination,
              },
            })
          }
          data-testid="backfill-again"
        >
          {t("backfill.failures.again")}
        </Button>
      )}
    </li>
  );
}

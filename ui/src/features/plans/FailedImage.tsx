import { useTranslation } from "react-i18next";
import type { ImageKey, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { visible } from "../../components/hidden";
import { Digest, LongName } from "../../components/Values";
import styles from "./FailedImage.module.css";
import { useReview } from "./PlanProvider";

/** An image whose replication failed, with the reason and a way to send it again. */
export function FailedImage({
  image,
  tag,
  destination,
  reason,
  again = true,
  "data-testid": testId,
}: {
  /** Without a digest it cannot be sent again. */
  image: Omit<ImageKey, "digest"> & { digest: string | null };
  tag: string | null;
  destination: RegistryKey;
  reason: string;
  /** Whether sending it again is offered. */
  again?: boolean;
  "data-testid": string;
}) {
  const { t } = useTranslation();
  const review = useReview();
  const { repository, digest } = image;
  const name = tag ? `${repository.repository}:${tag}` : repository.repository;
  return (
    <li className={styles.failure} data-testid={testId}>
      <LongName text={visible(name)} />
      {digest ? <Digest value={digest} /> : <span className={styles.muted}>{t("common.none")}</span>}
      <span className={styles.reason}>{visible(reason)}</span>
      {again && digest && (
        <Button
          size="small"
          onClick={() =>
            review({ request: { change: "replicateAgain", image: { repository, digest }, destination } })
          }
          data-testid={`${testId}-again`}
        >
          {t("plans.unhealed.again")}
        </Button>
      )}
    </li>
  );
}

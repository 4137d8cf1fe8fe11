import { useTranslation } from "react-i18next";
import type { Unhealed } from "../../api/types";
import { FailedImage } from "./FailedImage";
import styles from "./FailedImage.module.css";

/** Failed replications that a policy allows from now on, and that ECR does not send again. */
export function UnhealedList({
  unhealed: { listed, total },
  again,
}: {
  unhealed: Unhealed;
  /** Whether they can be sent again by now. */
  again: boolean;
}) {
  const { t } = useTranslation();
  return (
    <section data-testid="unhealed">
      <h3>{t("plans.unhealed.title", { count: total })}</h3>
      <p className={styles.muted}>{t(again ? "plans.unhealed.after" : "plans.unhealed.before")}</p>
      <ul className={styles.failures} aria-label={t("plans.unhealed.title", { count: total })}>
        {listed.map(({ image, tag, destination, failureCode }) => (
          <FailedImage
            key={`${image.repository.repository} ${image.digest} ${destination.account} ${destination.region}`}
            image={image}
            tag={tag}
            destination={destination}
            reason={failureCode ?? t("plans.unhealed.noCode")}
            again={again}
            data-testid="unhealed-image"
          />
        ))}
      </ul>
      {total > listed.length && (
        <p className={styles.muted}>{t("plans.unhealed.more", { count: total - listed.length })}</p>
      )}
    </section>
  );
}

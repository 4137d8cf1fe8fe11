import type { UseQueryResult } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { ImageRow, RegistryKey } from "../../api/types";
import { type Status, StatusPill } from "../../components/Badge";
import { Digest } from "../../components/Values";
import styles from "./ImagePanel.module.css";
import type { Arrived, ArrivedTags } from "./useArrivals";

type Read = Pick<UseQueryResult<ArrivedTags>, "data" | "isFetching">;

/** The state of an image that ECR reports as complete: only its tags at the destination say that it is done. */
export function CompletePill({
  tags,
  read,
  destination,
}: {
  /** The tags of the image. */
  tags: readonly string[];
  read: Read;
  destination: RegistryKey;
}) {
  const { t } = useTranslation();
  const [status, text] = look(tags.length, read, destination, t);
  return <StatusPill status={status}>{text}</StatusPill>;
}

function look(tags: number, read: Read, destination: RegistryKey, t: TFunction): [Status, string] {
  const complete: [Status, string] = ["complete", t("images.replicationState.complete")];
  // Without tags the digest is all there is.
  if (tags === 0) return complete;
  if (!read.data) {
    return read.isFetching
      ? ["waiting", t("images.arrival.checking")]
      : ["unknown", t("images.arrival.unchecked")];
  }
  const arrived = read.data[registryId(destination)];
  if (!arrived || arrived.done === null) return ["unknown", t("images.arrival.unchecked")];
  if (!arrived.done) return ["warning", t("images.arrival.differ")];
  return arrived.tags.length < tags ? ["unknown", t("images.arrival.partly")] : complete;
}

/** Where each tag of an image points at a destination. */
export function TagsThere({ image, arrived }: { image: ImageRow; arrived: Arrived }) {
  const { t } = useTranslation();
  const { digest } = image;
  const more = arrived.problem ? 0 : image.tags.length - arrived.tags.length;
  return (
    <ul className={styles.arrived} data-testid="arrived-tags">
      {arrived.tags.map(({ tag, digest: there }) => (
        <li key={tag} className={there === digest ? styles.muted : styles.warning}>
          {there === digest ? (
            t("images.arrival.same", { tag })
          ) : there === null ? (
            t("images.arrival.absent", { tag })
          ) : (
            <>
              {t("images.arrival.other", { tag })} <Digest value={there} />
            </>
          )}
        </li>
      ))}
      {arrived.problem && (
        <li className={styles.warning}>
          {t("images.arrival.problem", { message: arrived.problem.message })} {arrived.problem.hint}
        </li>
      )}
      {more > 0 && <li className={styles.muted}>{t("images.arrival.more", { count: more })}</li>}
    </ul>
  );
}

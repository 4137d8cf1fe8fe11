import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { CleanedImage, CleanedRepository, CleanWay } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Findings";
import { formatBytes } from "../../components/format";
import { Prose } from "../../components/Prose";
import { ErrorState } from "../../components/States";
import { Ago, Bytes, Digest } from "../../components/Values";
import styles from "../lifecycle/Lifecycle.module.css";

/** What the rules do in a repository: sums, what was asked about use, and each image with its reason. */
export function CleanPreview({
  cleaned,
  way,
  onProtected,
}: {
  cleaned: CleanedRepository;
  way: CleanWay["kind"];
  onProtected: () => void;
}) {
  const { t } = useTranslation();
  const { total, deleted, kept, images, bytesFreed, exact } = cleaned;
  const protect = useMutation({
    mutationFn: (image: string) =>
      api.protectImage({ repository: cleaned.repository, image, note: null, protect: true }),
    onSuccess: onProtected,
  });
  return (
    <div className={styles.stack} data-testid="clean-preview">
      <dl className={styles.totals} aria-live="polite">
        <div>
          <dt>{t("deletion.selected")}</dt>
          <dd data-testid="clean-selected">
            {deleted} {t("deletion.of", { count: total })}
          </dd>
        </div>
        <div>
          <dt>{t("deletion.protected")}</dt>
          <dd data-testid="clean-kept">{kept}</dd>
        </div>
        <div>
          <dt>{t("deletion.freed")}</dt>
          <dd>
            {exact ? formatBytes(bytesFreed) : t("deletion.atMost", { bytes: formatBytes(bytesFreed) })}
          </dd>
        </div>
      </dl>
      {deleted === 0 && <p role="status">{t("deletion.nothing")}</p>}
      {cleaned.sources.map((source) => (
        <div key={source.kind} className={styles.effect}>
          <Badge tone={source.problem ? "danger" : "neutral"}>{t(`deletion.sources.${source.kind}`)}</Badge>
          <span>
            {source.problem ? (
              <Prose text={source.problem.message} />
            ) : (
              <Prose text={[t("deletion.found", { count: source.found }), ...source.unseen].join(". ")} />
            )}
          </span>
        </div>
      ))}
      {cleaned.notes.map((note) => (
        <Notice key={note}>
          <Prose text={note} />
        </Notice>
      ))}
      {protect.error && <ErrorState error={protect.error} compact />}
      {images.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls is scrolled by keys
        <ul className={styles.images} aria-label={t("deletion.list_images")} tabIndex={0}>
          {images.map((image) => (
            <li key={image.digest}>
              <Row image={image} way={way} busy={protect.isPending} onProtect={protect.mutate} />
            </li>
          ))}
        </ul>
      )}
      {images.length < deleted + kept && (
        <p className={styles.muted}>{t("deletion.listed", { count: images.length })}</p>
      )}
    </div>
  );
}

function Row({
  image,
  way,
  busy,
  onProtect,
}: {
  image: CleanedImage;
  way: CleanWay["kind"];
  busy: boolean;
  onProtect: (image: string) => void;
}) {
  const { t } = useTranslation();
  const name = image.tags.length === 0 ? t("deletion.untaggedImage") : image.tags.join(", ");
  return (
    <>
      <div className={styles.head}>
        <span className={styles.tags}>{name}</span>
        <Badge tone={image.deleted ? "danger" : "neutral"}>
          {image.deleted ? t(`deletion.deleted.${way}`) : t("deletion.stays")}
        </Badge>
        {image.deleted && (
          <Button
            size="small"
            disabled={busy}
            onClick={() => onProtect(image.digest)}
            aria-label={t("deletion.protectFor", { image: image.tags[0] ?? image.digest })}
            data-testid={`clean-protect-${image.tags[0] ?? image.digest}`}
          >
            {t("deletion.protect")}
          </Button>
        )}
      </div>
      <div className={styles.facts}>
        <Digest value={image.digest} copy={false} />
        <Bytes value={image.bytes} />
        <span>
          {t("deletion.pushed")} <Ago at={image.pushed} />
        </span>
      </div>
      {image.protected && (
        <p>
          <Prose text={image.protected} />
        </p>
      )}
      <p className={styles.muted}>
        <Prose text={image.reason} />
      </p>
    </>
  );
}

import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { LifecyclePreview as Preview, RepositoryKey } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Notice } from "../../components/Findings";
import { formatBytes } from "../../components/format";
import { Prose } from "../../components/Prose";
import { ErrorState, SkeletonLines } from "../../components/States";
import { useDebounced } from "../../components/useDebounced";
import { Ago, Bytes, Digest } from "../../components/Values";
import styles from "./Lifecycle.module.css";

/** The days at which the slider stops. */
const STOPS = [0, 1, 3, 7, 14, 30, 60, 90, 180, 365];

/** What a policy does with the images that are there, at a day from now. */
export function LifecyclePreview({
  repository,
  policy,
}: {
  repository: RepositoryKey;
  policy: string | null;
}) {
  const { t } = useTranslation();
  const [stop, setStop] = useState(0);
  const days = STOPS[stop] ?? 0;
  const request = policy === null ? null : { repository, text: policy, days };
  const settled = useDebounced(request, 150);
  const read = useQuery({
    queryKey: ["lifecyclePreview", settled],
    queryFn: settled ? () => api.previewLifecycle(settled) : skipToken,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  return (
    <section className={styles.stack} aria-label={t("lifecycle.preview")} aria-busy={read.isFetching}>
      <h2 className={styles.heading}>{t("lifecycle.preview")}</h2>
      <label className={styles.slider}>
        <span>{t("lifecycle.when")}</span>
        <input
          type="range"
          min={0}
          max={STOPS.length - 1}
          value={stop}
          onChange={(event) => setStop(Number(event.target.value))}
          aria-valuetext={t("lifecycle.days", { count: days })}
          data-testid="lifecycle-days"
        />
        <output>{t("lifecycle.days", { count: days })}</output>
      </label>
      {policy === null ? (
        <p className={styles.muted}>{t("lifecycle.previewAfter")}</p>
      ) : read.error && !read.isFetching ? (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      ) : read.data ? (
        <Effect preview={read.data} />
      ) : (
        <SkeletonLines lines={4} />
      )}
    </section>
  );
}

function Effect({ preview }: { preview: Preview }) {
  const { t } = useTranslation();
  const { total, expired, archived, images } = preview;
  const nothing = expired + archived === 0;
  return (
    <div className={styles.stack} data-testid="lifecycle-preview">
      {nothing ? (
        <p role="status">{total === 0 ? t("lifecycle.keptNone") : t("lifecycle.kept", { count: total })}</p>
      ) : (
        <dl className={styles.totals} aria-live="polite">
          <div>
            <dt>{t("lifecycle.deleted")}</dt>
            <dd data-testid="lifecycle-expired">
              {expired} {t("lifecycle.of", { count: total })}
            </dd>
          </div>
          <div>
            <dt>{t("lifecycle.archived")}</dt>
            <dd>{archived}</dd>
          </div>
          <div>
            <dt>{t("lifecycle.freed")}</dt>
            <dd>{formatBytes(preview.bytesFreed)}</dd>
          </div>
        </dl>
      )}
      {preview.rules.map((rule) => (
        <p key={rule.priority} className={styles.effect}>
          <Badge>{t("lifecycle.rule", { priority: rule.priority })}</Badge>
          <span>{t("lifecycle.effect", { expired: rule.expired, archived: rule.archived })}</span>
        </p>
      ))}
      {preview.notes.map((note) => (
        <p key={note} className={styles.muted}>
          <Prose text={note} />
        </p>
      ))}
      {preview.inUse.length > 0 && (
        <Notice severity="warning">
          <p>{t("lifecycle.spared", { count: preview.spared })}</p>
          <ul data-testid="lifecycle-in-use">
            {preview.inUse.map(({ image, usedBy }) => (
              <li key={image.digest}>
                <Prose
                  text={t("lifecycle.sparedImage", {
                    image: image.tags[0] ?? image.digest,
                    action: t(image.archived ? "lifecycle.wouldArchive" : "lifecycle.wouldDelete"),
                    usedBy,
                  })}
                />
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {images.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls is scrolled by keys
        <ul className={styles.images} aria-label={t("lifecycle.list")} tabIndex={0}>
          {images.map((image) => (
            <li key={image.digest}>
              <div className={styles.head}>
                <span className={styles.tags}>
                  {image.tags.length === 0 ? t("lifecycle.untagged") : image.tags.join(", ")}
                </span>
                <Badge tone={image.archived ? "neutral" : "danger"}>
                  {t(image.archived ? "lifecycle.actions.transition" : "lifecycle.actions.expire")}
                </Badge>
              </div>
              <div className={styles.facts}>
                <Digest value={image.digest} copy={false} />
                <Bytes value={image.bytes} />
                <span>
                  {t("lifecycle.pushed")} <Ago at={image.pushed} />
                </span>
                <span>{t("lifecycle.byRule", { priority: image.rule })}</span>
              </div>
              <p className={styles.muted}>
                <Prose text={image.reason} />
              </p>
            </li>
          ))}
        </ul>
      )}
      {images.length < expired + archived && (
        <p className={styles.muted}>{t("lifecycle.listed", { count: images.length })}</p>
      )}
      <p className={styles.faint}>{t("lifecycle.previewText")}</p>
    </div>
  );
}

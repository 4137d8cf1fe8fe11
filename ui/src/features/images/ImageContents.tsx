import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { ImageDetails, NameValue, PlatformDetails, RepositoryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { CodeBlock } from "../../components/CodeBlock";
import { Notice } from "../../components/Findings";
import { fileName } from "../../components/fileName";
import { visible } from "../../components/hidden";
import { readable } from "../../components/readable";
import { ErrorState, SkeletonLines } from "../../components/States";
import { Bytes, Digest } from "../../components/Values";
import styles from "./ImagePanel.module.css";

/** An image's contents. Read only on request, because reading counts as a pull. */
export function ImageContents({ repositoryKey, digest }: { repositoryKey: RepositoryKey; digest: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const queryKey = keys.imageDetails(digest);
  const [wanted, setWanted] = useState(() => client.getQueryData(queryKey) !== undefined);
  const details = useQuery({
    queryKey,
    queryFn: () => api.imageDetails({ repository: repositoryKey, digest }),
    enabled: wanted,
    // Content under a digest never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!wanted) {
    return (
      <>
        <Notice>{t("images.panel.contentsNote")}</Notice>
        <div>
          <Button onClick={() => setWanted(true)} data-testid="read-contents">
            {t("images.panel.readContents")}
          </Button>
        </div>
      </>
    );
  }
  if (details.error) {
    return <ErrorState error={details.error} onRetry={() => void details.refetch()} compact />;
  }
  return details.data ? <Contents details={details.data} digest={digest} /> : <SkeletonLines lines={6} />;
}

function Contents({ details, digest }: { details: ImageDetails; digest: string }) {
  const { t } = useTranslation();
  return (
    <>
      {details.platforms.map((platform) => (
        <Platform key={platform.digest} platform={platform} />
      ))}
      {details.annotations.length > 0 && (
        <section className={styles.section}>
          <h3 className={styles.heading}>{t("images.panel.annotations")}</h3>
          <Pairs pairs={details.annotations} />
        </section>
      )}
      <section className={styles.section}>
        <h3 className={styles.heading}>{t("images.panel.manifest")}</h3>
        <CodeBlock
          text={readable(details.manifest)}
          copies={details.manifest}
          file={fileName("json", "manifest", digest.slice(7, 19))}
          name={t("images.panel.manifest")}
          maxHeight={280}
          data-testid="image-manifest"
        />
        <p className={styles.muted}>{t("images.panel.manifestNote")}</p>
      </section>
    </>
  );
}

function Platform({ platform }: { platform: PlatformDetails }) {
  const { t } = useTranslation();
  const size = platform.layers.reduce((sum, layer) => sum + layer.bytes, 0);
  return (
    <section className={`${styles.platform} ${styles.section}`} data-testid="image-platform">
      <div className={styles.layer}>
        <strong>{platform.platform}</strong>
        <Bytes value={size} />
      </div>
      <div className={styles.layer}>
        <Digest value={platform.digest} />
        {platform.created && (
          <span className={styles.muted}>
            {t("images.panel.built")} {platform.created.slice(0, 10)}
          </span>
        )}
      </div>
      <h3>{t("images.panel.labels")}</h3>
      {platform.labels.length > 0 ? (
        <Pairs pairs={platform.labels} />
      ) : (
        <p className={styles.muted}>{t("images.panel.noLabels")}</p>
      )}
      <h3>{t("images.panel.layers", { count: platform.layers.length })}</h3>
      <ol className={styles.layers}>
        {platform.layers.map((layer, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same layer may be there twice
          <li key={index} className={styles.layer}>
            <Digest value={layer.digest} />
            <Bytes value={layer.bytes} />
          </li>
        ))}
      </ol>
    </section>
  );
}

// Long values are cut until a person expands them.
const LONG = 400;

function LongText({ text }: { text: string }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const shown = visible(text);
  if (shown.length <= LONG) return shown;
  return (
    <>
      {all ? shown : `${shown.slice(0, LONG)}…`}{" "}
      <Button size="small" variant="ghost" onClick={() => setAll(!all)}>
        {t(all ? "common.showLess" : "common.showMore")}
      </Button>
    </>
  );
}

function Pairs({ pairs }: { pairs: readonly NameValue[] }) {
  const { t } = useTranslation();
  return (
    <dl className={styles.pairs}>
      {pairs.map(({ name, value }) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>
            <LongText text={name} />
          </dt>
          <dd>
            {value === "" ? (
              <span className={styles.warning}>{t("images.panel.emptyLabel")}</span>
            ) : (
              <LongText text={value} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

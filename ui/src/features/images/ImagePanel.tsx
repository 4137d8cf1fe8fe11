import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { ImageRow, RepositoryKey } from "../../api/types";
import { Button, IconButton } from "../../components/Button";
import { Facts } from "../../components/Card";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { Tabs } from "../../components/Tabs";
import { Ago, Bytes, Digest, LongName } from "../../components/Values";
import { Commands } from "./Commands";
import { ImageContents } from "./ImageContents";
import styles from "./ImagePanel.module.css";
import { ImageReplication } from "./ImageReplication";
import { imageName, typeText } from "./imageText";
import { SameImage } from "./SameImage";
import { TagList } from "./TagList";

/** Everything about one image, next to the list. */
export function ImagePanel({
  repositoryKey,
  digest,
  onClose,
  onPromote,
}: {
  repositoryKey: RepositoryKey;
  digest: string;
  onClose: () => void;
  onPromote: (image: ImageRow) => void;
}) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: [...keys.images(repositoryKey), { digest }],
    queryFn: () =>
      api.images({
        repository: repositoryKey,
        text: digest,
        sort: "pushed",
        direction: "descending",
        offset: 0,
        limit: 1,
      }),
  });
  const image = found.data?.rows.find((row) => row.digest === digest);
  return (
    <aside className={styles.panel} aria-label={t("images.panel.title")} data-testid="image-panel">
      <header className={styles.header}>
        <h2 className={styles.title}>
          <LongName text={image ? imageName(image) : digest.slice(0, 19)} />
        </h2>
        {image && (
          <Button size="small" onClick={() => onPromote(image)} data-testid="panel-promote">
            {t("images.detail.promote")}
          </Button>
        )}
        <IconButton
          label={t("images.panel.close")}
          icon={<X />}
          onClick={onClose}
          data-testid="image-panel-close"
        />
      </header>
      <div className={styles.body}>
        {found.error && !found.data ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} compact />
        ) : !found.data ? (
          <SkeletonLines lines={6} />
        ) : image ? (
          <PanelTabs repositoryKey={repositoryKey} image={image} />
        ) : found.data.problem ? (
          <ErrorState error={found.data.problem} onRetry={() => void found.refetch()} compact />
        ) : !found.data.asOf ? (
          <SkeletonLines lines={6} />
        ) : (
          <EmptyState title={t("images.panel.gone")} />
        )}
      </div>
    </aside>
  );
}

function PanelTabs({ repositoryKey, image }: { repositoryKey: RepositoryKey; image: ImageRow }) {
  const { t } = useTranslation();
  const [tab, setTab] = useState<"overview" | "contents" | "commands">("overview");
  return (
    <Tabs
      label={t("images.panel.sections")}
      value={tab}
      onChange={setTab}
      data-testid="image-tab"
      tabs={[
        {
          value: "overview",
          label: t("images.panel.tabs.overview"),
          content: <ImageFacts repositoryKey={repositoryKey} image={image} />,
        },
        {
          value: "contents",
          label: t("images.panel.tabs.contents"),
          content: <ImageContents repositoryKey={repositoryKey} digest={image.digest} />,
        },
        {
          value: "commands",
          label: t("images.panel.tabs.commands"),
          content: (
            <Commands repositoryKey={repositoryKey} tag={image.tags[0] ?? null} digest={image.digest} />
          ),
        },
      ]}
    />
  );
}

function ImageFacts({ repositoryKey, image }: { repositoryKey: RepositoryKey; image: ImageRow }) {
  const { t } = useTranslation();
  return (
    <>
      <Facts
        facts={[
          { name: t("images.panel.digest"), value: <Digest value={image.digest} full /> },
          {
            name: t("images.panel.tags"),
            value: image.tags.length > 0 ? <TagList tags={image.tags} /> : t("images.detail.untagged"),
          },
          { name: t("images.columns.type"), value: typeText(image, t) },
          { name: t("images.panel.size"), value: <Bytes value={image.bytes} /> },
          { name: t("images.panel.pushed"), value: <Ago at={image.pushed} /> },
          {
            name: t("images.panel.lastPull"),
            value: image.lastPull ? <Ago at={image.lastPull} /> : t("images.panel.neverPulled"),
          },
          { name: t("images.panel.mediaType"), value: <code>{image.mediaType}</code> },
          ...(image.artifactType
            ? [{ name: t("images.panel.artifactType"), value: <code>{image.artifactType}</code> }]
            : []),
          ...(image.subject
            ? [{ name: t("images.panel.subject"), value: <Digest value={image.subject} full /> }]
            : []),
        ]}
      />
      <ImageReplication repositoryKey={repositoryKey} image={image} />
      <SameImage repositoryKey={repositoryKey} digest={image.digest} />
    </>
  );
}

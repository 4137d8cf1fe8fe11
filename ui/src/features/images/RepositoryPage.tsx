import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft, EllipsisVertical, PackagePlus, SquareTerminal } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { repositoryId } from "../../api/keys";
import type { RepositoryKey, RepositoryRow } from "../../api/types";
import { Button, IconButton } from "../../components/Button";
import { CopyButton } from "../../components/CopyButton";
import { Menu } from "../../components/Menu";
import { Page, PageHeader } from "../../components/PageHeader";
import { ErrorState } from "../../components/States";
import { CompareDialog } from "../comparison/CompareDialog";
import { ExportDialog } from "../exporting/ExportDialog";
import { RegistryName } from "../frame/RegistryName";
import { OwnerBadge } from "../owners/OwnerBadge";
import { useReview } from "../plans/PlanProvider";
import { CommandsDialog } from "./CommandsDialog";
import { DeleteRepositoryDialog } from "./DeleteRepositoryDialog";
import { ImageList } from "./ImageList";
import { useRepository } from "./queries";
import { RepositoryGone } from "./RepositoryGone";
import styles from "./RepositoryPage.module.css";
import { RestoreDialog } from "./RestoreDialog";
import { encryptionText, mutabilityText } from "./repositoryColumns";
import { SampleDialog } from "./SampleDialog";

/** One repository: its images and its actions. */
export function RepositoryPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { space, account, region, repository, image } = useSearch({ from: "/images/repository" });
  const key = useMemo<RepositoryKey>(
    () => ({ registry: { space, account, region }, repository }),
    [space, account, region, repository],
  );
  const row = useRepository(key);
  const toList = () => void navigate({ to: "/images" });
  return (
    <Page
      name="repository"
      fill
      header={
        <PageHeader
          title={
            <>
              <IconButton
                label={t("images.detail.back")}
                icon={<ChevronLeft />}
                onClick={toList}
                data-testid="back-to-images"
              />
              {repository}
            </>
          }
          subtitle={<Subtitle repositoryKey={key} row={row.data ?? undefined} />}
          actions={row.data && <RepositoryActions repositoryKey={key} row={row.data} />}
        />
      }
    >
      {row.data === null ? (
        <RepositoryGone registry={key.registry} />
      ) : row.error && !row.data ? (
        <ErrorState
          error={row.error}
          onRetry={() => void row.refetch()}
          actions={
            <Button size="small" onClick={toList}>
              {t("images.detail.back")}
            </Button>
          }
        />
      ) : (
        <ImageList key={repositoryId(key)} repositoryKey={key} opened={image ?? null} />
      )}
    </Page>
  );
}

function Subtitle({ repositoryKey, row }: { repositoryKey: RepositoryKey; row: RepositoryRow | undefined }) {
  const { t } = useTranslation();
  return (
    <>
      <RegistryName registry={repositoryKey.registry} />
      {row && (
        <>
          <span className={styles.uri}>
            <code data-testid="repository-uri">{row.uri}</code>
            <CopyButton text={row.uri} name={t("images.detail.uri")} />
          </span>
          <span>{mutabilityText(row.mutability, t)}</span>
          <span>{encryptionText(row.encryption, t)}</span>
          <OwnerBadge
            document={{
              registry: repositoryKey.registry,
              document: { document: "repository", name: repositoryKey.repository },
            }}
          />
        </>
      )}
    </>
  );
}

function RepositoryActions({ repositoryKey, row }: { repositoryKey: RepositoryKey; row: RepositoryRow }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const review = useReview();
  const [dialog, setDialog] = useState<
    "commands" | "sample" | "compare" | "export" | "restore" | "delete" | null
  >(null);
  const close = () => setDialog(null);
  const { immutable } = row.mutability;
  return (
    <>
      <Button
        icon={<SquareTerminal />}
        onClick={() => setDialog("commands")}
        data-testid="repository-commands"
      >
        {t("images.detail.commands")}
      </Button>
      <Button icon={<PackagePlus />} onClick={() => setDialog("sample")} data-testid="push-sample">
        {t("images.detail.pushSample")}
      </Button>
      <Menu
        align="end"
        data-testid="repository-menu"
        trigger={
          <IconButton
            label={t("common.actionsFor", { name: row.name })}
            icon={<EllipsisVertical />}
            data-testid="repository-actions"
          />
        }
        items={[
          {
            id: "mutability",
            label: t(immutable ? "images.detail.makeMutable" : "images.detail.makeImmutable"),
            onSelect: () =>
              review({
                request: {
                  change: "setMutability",
                  repository: repositoryKey,
                  mutability: { ...row.mutability, immutable: !immutable },
                },
              }),
          },
          {
            id: "lifecycle",
            label: t("lifecycle.menu"),
            onSelect: () =>
              void navigate({
                to: "/images/lifecycle",
                search: { ...repositoryKey.registry, repository: repositoryKey.repository },
              }),
          },
          {
            id: "compare",
            label: t("comparison.dialog.open"),
            onSelect: () => setDialog("compare"),
          },
          {
            id: "export",
            label: t("replication.export.menu"),
            onSelect: () => setDialog("export"),
          },
          {
            id: "restore",
            label: t("images.detail.restore"),
            onSelect: () => setDialog("restore"),
          },
          {
            id: "clean",
            label: t("deletion.menu"),
            onSelect: () =>
              void navigate({
                to: "/images/clean",
                search: { ...repositoryKey.registry, repository: repositoryKey.repository },
              }),
          },
          {
            id: "delete",
            label: t("images.detail.deleteRepository"),
            danger: true,
            separated: true,
            onSelect: () => setDialog("delete"),
          },
        ]}
      />
      {dialog === "restore" && <RestoreDialog repositoryKey={repositoryKey} onClose={close} />}
      {dialog === "export" && (
        <ExportDialog
          registry={repositoryKey.registry}
          document={{ kind: "repository", name: repositoryKey.repository }}
          name={repositoryKey.repository}
          onClose={close}
        />
      )}
      {dialog === "commands" && <CommandsDialog repositoryKey={repositoryKey} onClose={close} />}
      {dialog === "sample" && <SampleDialog repositoryKey={repositoryKey} onClose={close} />}
      {dialog === "compare" && <CompareDialog repository={repositoryKey} onClose={close} />}
      {dialog === "delete" && (
        <DeleteRepositoryDialog
          repositoryKey={repositoryKey}
          onClose={close}
          onStarted={() => void navigate({ to: "/images" })}
        />
      )}
    </>
  );
}

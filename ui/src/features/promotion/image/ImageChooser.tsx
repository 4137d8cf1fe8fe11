import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { ImageRow, RegistryKey, RepositoryKey, RepositoryWindow } from "../../../api/types";
import { cx } from "../../../components/cx";
import { formatBytes, shortDigest } from "../../../components/format";
import { EmptyState, ErrorState, SkeletonLines } from "../../../components/States";
import { SuggestField } from "../../../components/SuggestField";
import { Tags } from "../../../components/Tags";
import { Ago } from "../../../components/Values";
import { RegistryPicker } from "../../frame/RegistryPicker";
import styles from "./Promotion.module.css";
import { useNames } from "./useNames";

/** The image to promote, as far as it has been chosen. */
export interface ChosenImage {
  registry: RegistryKey;
  repository: string | null;
  digest: string | null;
  tag: string | null;
}

const SHOWN = 100;

/** Chooses a registry, a repository in it, and one of its newest images. */
export function ImageChooser({
  value,
  onChange,
}: {
  value: ChosenImage;
  onChange: (value: ChosenImage) => void;
}) {
  const { t } = useTranslation();
  const name = value.repository ?? "";
  const names = useNames(value.registry, name);
  const exists = names.data?.rows.some((row) => row.name === name) ?? false;
  return (
    <>
      <RegistryPicker
        field
        label={t("promotion.registry")}
        value={value.registry}
        onChange={(registry) => onChange({ registry, repository: null, digest: null, tag: null })}
        data-testid="promote-source-registry"
      />
      <SuggestField
        label={t("promotion.repository")}
        value={name}
        onChange={(next) =>
          onChange({ ...value, repository: next === "" ? null : next, digest: null, tag: null })
        }
        suggestions={(names.data?.rows ?? []).map((row) => ({
          value: row.name,
          ...(row.images === null ? {} : { label: t("images.imageCount", { count: row.images }) }),
        }))}
        mono
        data-testid="promote-source-repository"
      />
      {names.error && <ErrorState error={names.error} compact onRetry={() => void names.refetch()} />}
      {names.data && !exists && name !== "" && <Unlisted window={names.data} onRetry={names.refetch} />}
      {exists && (
        <Images
          repository={{ registry: value.registry, repository: name }}
          chosen={value}
          onChoose={(row, tag) => onChange({ ...value, digest: row.digest, tag })}
        />
      )}
    </>
  );
}

/** Why the repository is not among those that are known, unless it simply is not. */
function Unlisted({ window, onRetry }: { window: RepositoryWindow; onRetry: () => unknown }) {
  const [problem] = window.problems;
  if (problem) return <ErrorState error={problem.error} compact onRetry={() => void onRetry()} />;
  return window.asOf && window.unread === 0 ? null : <SkeletonLines lines={4} />;
}

function Images({
  repository,
  chosen,
  onChoose,
}: {
  repository: RepositoryKey;
  chosen: ChosenImage;
  onChoose: (row: ImageRow, tag: string | null) => void;
}) {
  const { t } = useTranslation();
  const request = {
    repository,
    text: "",
    sort: "pushed",
    direction: "descending",
    offset: 0,
    limit: SHOWN,
  } as const;
  const read = useQuery({
    queryKey: [...keys.images(repository), "chooser"],
    queryFn: () => api.images(request),
  });
  if (!read.data) {
    return read.error ? (
      <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
    ) : (
      <SkeletonLines lines={4} />
    );
  }
  if (read.data.rows.length === 0) {
    const { problem, asOf } = read.data;
    if (problem) return <ErrorState error={problem} compact onRetry={() => void read.refetch()} />;
    // Not read yet: nothing can be said of what is in it.
    return asOf ? <EmptyState title={t("images.detail.none")} /> : <SkeletonLines lines={4} />;
  }
  return (
    <fieldset className={styles.images}>
      <legend className={styles.legend}>{t("promotion.newest")}</legend>
      {read.data.rows.map((row) => {
        const [tag] = row.tags;
        const name = tag ?? shortDigest(row.digest);
        const on = row.digest === chosen.digest;
        return (
          <label
            key={row.digest}
            className={cx(styles.image, on && styles.chosen)}
            data-testid={`promote-image-${name}`}
          >
            <input
              type="radio"
              name="image"
              className={styles.radio}
              checked={on}
              onChange={() => onChoose(row, tag ?? null)}
            />
            <Tags tags={row.tags} />
            <code>{shortDigest(row.digest)}</code>
            <span className={styles.bytes}>{formatBytes(row.bytes)}</span>
            <span className={styles.muted}>
              <Ago at={row.pushed} />
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}

import { useNavigate } from "@tanstack/react-router";
import { Package, SearchX, Trash2 } from "lucide-react";
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { ImageRow, ImageSort, ImageWindow, RepositoryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { DataGrid, type Sorting } from "../../components/DataGrid";
import type { MenuItem } from "../../components/Menu";
import { SearchField } from "../../components/SearchField";
import { SplitPane } from "../../components/SplitPane";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { useRowWindow } from "../../components/useRowWindow";
import { Ago } from "../../components/Values";
import { copyText } from "../../platform";
import { useVisible } from "../frame/queries";
import { useReview } from "../plans/PlanProvider";
import { PromoteDialog } from "../promotion/image/PromoteDialog";
import { ImagePanel } from "./ImagePanel";
import { imageColumns } from "./imageColumns";
import { imageName } from "./imageText";
import styles from "./Lists.module.css";

const rowKey = (row: ImageRow) => row.digest;

/** A repository's images, with the open one next to them. */
export function ImageList({
  repositoryKey,
  opened,
}: {
  repositoryKey: RepositoryKey;
  opened: string | null;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [sorting, setSorting] = useState<Sorting>({ column: "pushed", direction: "descending" });
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set());
  const [promoting, setPromoting] = useState<ImageRow | null>(null);
  const [range, setRange] = useState<[number, number]>([0, 0]);
  const wanted = useDeferredValue(text.trim());
  const sort = sorting.column as ImageSort;
  const { direction } = sorting;
  const list = useRowWindow<ImageRow, ImageWindow>(
    [...keys.images(repositoryKey), { text: wanted, sort, direction }],
    (offset, limit) =>
      api.images({ repository: repositoryKey, text: wanted, sort, direction, offset, limit }),
  );
  const inSight = Array.from({ length: range[1] - range[0] + 1 }, (_, index) => list.rowAt(range[0] + index));
  useVisible({
    registries: [repositoryKey.registry],
    repository: repositoryKey,
    images: inSight.flatMap((row) => (row ? [row.digest] : [])),
  });

  const { onRange } = list;
  const seen = useCallback(
    (first: number, last: number) => {
      onRange(first, last);
      setRange([first, last]);
    },
    [onRange],
  );
  const show = useCallback(
    (image: string | undefined) =>
      void navigate({
        to: "/images/repository",
        search: {
          ...repositoryKey.registry,
          repository: repositoryKey.repository,
          ...(image ? { image } : {}),
        },
        replace: true,
      }),
    [navigate, repositoryKey],
  );
  const open = useCallback((row: ImageRow) => show(row.digest), [show]);
  const menu = useImageMenu(repositoryKey);
  const columns = useMemo(() => imageColumns(t, setPromoting, menu), [t, menu]);
  const selectLabel = useCallback((row: ImageRow) => t("common.selectRow", { name: imageName(row) }), [t]);

  const grid =
    list.error || (list.latest?.problem && list.total === 0) ? (
      <ErrorState error={list.error ?? list.latest?.problem} onRetry={list.refetch} />
    ) : list.total === undefined ? (
      <div className={styles.waiting}>
        <SkeletonLines lines={8} />
      </div>
    ) : list.total === 0 && !list.latest?.asOf ? (
      // Not read yet: its content is unknown.
      <div className={styles.waiting} data-testid="images-unread">
        <p>{t("images.detail.reading")}</p>
        <SkeletonLines lines={8} />
      </div>
    ) : list.total === 0 ? (
      <NoImages text={wanted} />
    ) : (
      <DataGrid
        label={t("images.title")}
        columns={columns}
        total={list.total}
        rowAt={list.rowAt}
        rowKey={rowKey}
        onRange={seen}
        onOpen={open}
        openKey={opened}
        sorting={sorting}
        onSort={setSorting}
        selection={selection}
        onSelection={setSelection}
        selectLabel={selectLabel}
        resetKey={JSON.stringify([repositoryKey, wanted, sorting])}
        minWidth={1080}
        data-testid="image-grid"
      />
    );
  const main = (
    <div className={styles.list}>
      <Toolbar
        repositoryKey={repositoryKey}
        text={text}
        onText={setText}
        window={list.latest}
        selection={selection}
        onDeleted={() => setSelection(new Set())}
      />
      {grid}
    </div>
  );
  return (
    <>
      {opened ? (
        <SplitPane
          side={
            <ImagePanel
              key={opened}
              repositoryKey={repositoryKey}
              digest={opened}
              onClose={() => show(undefined)}
              onPromote={setPromoting}
            />
          }
          sideAt="right"
          label={t("common.resize")}
          initial={400}
          least={320}
        >
          {main}
        </SplitPane>
      ) : (
        main
      )}
      {promoting && (
        <PromoteDialog
          repositoryKey={repositoryKey}
          name={imageName(promoting)}
          image={promoting}
          onClose={() => setPromoting(null)}
        />
      )}
    </>
  );
}

function Toolbar({
  repositoryKey,
  text,
  onText,
  window,
  selection,
  onDeleted,
}: {
  repositoryKey: RepositoryKey;
  text: string;
  onText: (text: string) => void;
  window: ImageWindow | undefined;
  selection: ReadonlySet<string>;
  onDeleted: () => void;
}) {
  const { t } = useTranslation();
  const review = useReview();
  return (
    <div className={styles.toolbar}>
      <SearchField
        label={t("images.detail.filter")}
        value={text}
        onChange={onText}
        className={styles.filter}
        data-testid="image-filter"
      />
      {window && (window.asOf !== null || window.total > 0) && (
        <span className={styles.count} data-testid="image-count">
          {t("images.imageCount", { count: window.total })}
          {window.asOf && (
            <>
              {" · "}
              {t("common.asOf")} <Ago at={window.asOf} />
            </>
          )}
          {window.problem && ` · ${window.problem.message}`}
        </span>
      )}
      <span className={styles.spread} />
      {selection.size > 0 && (
        <Button
          icon={<Trash2 />}
          onClick={() =>
            review({
              request: {
                change: "deleteImages",
                repository: repositoryKey,
                images: [...selection].map((digest) => ({ digest, tag: null })),
              },
              onStarted: onDeleted,
            })
          }
          data-testid="delete-selected"
        >
          {t("images.detail.deleteSelected", { count: selection.size })}
        </Button>
      )}
    </div>
  );
}

function NoImages({ text }: { text: string }) {
  const { t } = useTranslation();
  return text === "" ? (
    <EmptyState icon={<Package />} title={t("images.detail.none")} text={t("images.detail.noneText")} />
  ) : (
    <EmptyState icon={<SearchX />} title={t("images.detail.noMatch", { text })} />
  );
}

/** The actions on an image other than promotion. */
function useImageMenu(repositoryKey: RepositoryKey): (image: ImageRow) => MenuItem[] {
  const { t } = useTranslation();
  const review = useReview();
  return useCallback(
    (image) => {
      const remove = (tag: string | null) =>
        review({
          request: {
            change: "deleteImages",
            repository: repositoryKey,
            images: [{ digest: image.digest, tag }],
          },
        });
      const tags = image.tags.length > 1 ? image.tags.slice(0, 8) : [];
      return [
        {
          id: "copy-digest",
          label: t("images.detail.copyDigest"),
          onSelect: () => void copyText(image.digest),
        },
        {
          id: "archive",
          label: t("images.detail.archiveImage"),
          separated: true,
          onSelect: () =>
            review({
              request: {
                change: "moveImages",
                repository: repositoryKey,
                images: [image.digest],
                archive: true,
              },
            }),
        },
        ...tags.map((tag, index) => ({
          id: `delete-tag-${tag}`,
          label: t("images.detail.deleteTag", { tag }),
          separated: index === 0,
          onSelect: () => remove(tag),
        })),
        {
          id: "delete",
          label: t("images.detail.deleteImage"),
          danger: true,
          separated: true,
          onSelect: () => remove(null),
        },
      ];
    },
    [t, review, repositoryKey],
  );
}

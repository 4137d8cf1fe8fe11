import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { RunImageRow, RunImageWindow, RunTransfer, RunView } from "../../api/types";
import { StatusPill } from "../../components/Badge";
import { Checkbox } from "../../components/Checkbox";
import { type Column, DataGrid } from "../../components/DataGrid";
import { formatBytes } from "../../components/format";
import { ProgressBar } from "../../components/ProgressBar";
import { SearchField } from "../../components/SearchField";
import { ErrorState, SkeletonLines } from "../../components/States";
import { useDebounced } from "../../components/useDebounced";
import { useRowWindow } from "../../components/useRowWindow";
import { RunImageItem } from "./RunImages";
import { runLook } from "./runText";
import styles from "./Transfer.module.css";
import { useFreshImages } from "./useFreshImages";

const rowKey = (row: RunImageRow) => String(row.index);

/** The images of an engine rule's run, read by windows, so that any number of images scrolls smoothly. */
export function RunImageGrid({ run, transfer }: { run: RunView; transfer: RunTransfer }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [onlyFailed, setOnlyFailed] = useState(false);
  const [chosen, setChosen] = useState<RunImageRow | null>(null);
  const search = useDebounced(text.trim());
  useFreshImages(run.id, transfer.version, run.state);
  const list = useRowWindow<RunImageRow, RunImageWindow>(
    [...keys.runImages(run.id), { search, onlyFailed }],
    (offset, limit) => api.runImages({ run: run.id, offset, limit, onlyFailed, search, layersOf: [] }),
  );
  const columns = useMemo(() => imageColumns(t), [t]);
  // An interrupted run keeps only its totals.
  const cutOff = run.state === "interrupted" && transfer.counts.images > 0;
  const none = search !== "" ? "noneMatch" : onlyFailed ? "noneFailed" : cutOff ? "noneKept" : "noneMatch";
  if (list.error) return <ErrorState error={list.error} compact onRetry={list.refetch} />;
  return (
    <section className={styles.images} aria-label={t("activity.images")}>
      <div className={styles.filters}>
        <SearchField
          label={t("activity.engine.search")}
          value={text}
          onChange={setText}
          data-testid="run-images-search"
        />
        <Checkbox
          label={t("activity.engine.onlyFailed", { count: transfer.counts.failed })}
          checked={onlyFailed}
          onChange={setOnlyFailed}
          data-testid="run-only-failed"
        />
        <span className={styles.count} role="status" data-testid="run-images-count">
          {list.total !== undefined && t("activity.imageCount", { count: list.total })}
        </span>
      </div>
      {list.total === undefined ? (
        <SkeletonLines lines={5} />
      ) : list.total === 0 ? (
        <p className={styles.muted} data-testid="run-images-none">
          {t(`activity.engine.${none}`)}
        </p>
      ) : (
        <DataGrid
          label={t("activity.images")}
          columns={columns}
          total={list.total}
          rowAt={list.rowAt}
          rowKey={rowKey}
          onRange={list.onRange}
          onOpen={setChosen}
          openKey={chosen ? rowKey(chosen) : null}
          resetKey={`${onlyFailed} ${search}`}
          minWidth={430}
          maxRows={12}
          data-testid="run-images-grid"
        />
      )}
      {chosen && <ChosenImage run={run.id} row={chosen} onClose={() => setChosen(null)} />}
    </section>
  );
}

function ChosenImage({ run, row, onClose }: { run: string; row: RunImageRow; onClose: () => void }) {
  const { t } = useTranslation();
  const { destination } = row.image;
  const read = useQuery({
    queryKey: [...keys.runImages(run), "layers", row.index],
    queryFn: () =>
      api.runImages({
        run,
        offset: 0,
        limit: 500,
        onlyFailed: false,
        search: destination,
        layersOf: [row.index],
      }),
  });
  const fresh = read.data?.rows.find((each) => each.index === row.index) ?? row;
  return (
    <section aria-label={t("activity.layersOf", { name: destination })} data-testid="run-image-chosen">
      {read.error ? <ErrorState error={read.error} compact onRetry={() => void read.refetch()} /> : null}
      <ul className={styles.chosen}>
        <RunImageItem image={fresh.image} alone onClose={onClose} />
      </ul>
    </section>
  );
}

function imageColumns(t: TFunction): Column<RunImageRow>[] {
  return [
    {
      id: "state",
      header: t("activity.columns.state"),
      width: "124px",
      cell: ({ image }) => (
        <StatusPill status={runLook(image.state)} {...(image.error ? { title: image.error.message } : {})}>
          {t(`activity.imageState.${image.state}`)}
        </StatusPill>
      ),
    },
    {
      id: "destination",
      header: t("activity.engine.columns.destination"),
      width: "minmax(150px, 2fr)",
      cell: ({ image }) => (
        <span
          className={styles.ellipsis}
          title={`${image.source} → ${image.destination}`}
          data-testid="run-image-row"
          data-state={image.state}
        >
          {shortReference(image.destination)}
        </span>
      ),
    },
    {
      id: "moved",
      header: t("activity.engine.columns.moved"),
      width: "minmax(130px, 1fr)",
      cell: (row) => <Moved row={row} />,
    },
  ];
}

function Moved({ row }: { row: RunImageRow }) {
  const { t } = useTranslation();
  const { image, bytesMoved, bytesToMove } = row;
  if (image.state === "running" && bytesToMove) {
    return (
      <span className={styles.moving}>
        <ProgressBar label={image.destination} value={bytesMoved} total={bytesToMove} />
        <span>{formatBytes(bytesToMove)}</span>
      </span>
    );
  }
  return <span className={styles.muted}>{bytesMoved > 0 ? formatBytes(bytesMoved) : t("common.none")}</span>;
}

/** A reference without its host, which is the same in most rows. */
export function shortReference(reference: string): string {
  const slash = reference.indexOf("/");
  const host = slash === -1 ? "" : reference.slice(0, slash);
  return host.includes(".") || host.includes(":") ? reference.slice(slash + 1) : reference;
}

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CalendarClock, History, SearchX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { ListPromotions, Space } from "../../../api/types";
import { Button } from "../../../components/Button";
import { Checkbox } from "../../../components/Checkbox";
import { SearchField } from "../../../components/SearchField";
import { Select } from "../../../components/Select";
import { EmptyState, ErrorState, SkeletonLines, Unread } from "../../../components/States";
import { useDebounced } from "../../../components/useDebounced";
import { usePaths } from "../queries";
import { EntryDrawer } from "./EntryDrawer";
import { EntryGrid } from "./EntryGrid";
import styles from "./Record.module.css";
import { RecordAt } from "./RecordAt";
import { VerifyRecord } from "./VerifyRecord";

/** Entries that are read at most. */
const LIMIT = 1_000;
const ROWS = 16;
/** No path and no stage has this name. */
const ANY = "";

/** The record of promotions, newest first. */
export function RecordView({
  space,
  start,
}: {
  space: Space;
  /** The text that it is filtered by at first. */
  start: string;
}) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(start);
  const [path, setPath] = useState(ANY);
  const [stage, setStage] = useState(ANY);
  const [movesOnly, setMovesOnly] = useState(false);
  const [past, setPast] = useState(false);
  const [opened, setOpened] = useState<number | null>(null);
  const text = useDebounced(typed.trim());
  const paths = usePaths(space);
  const request: ListPromotions = {
    space,
    path: path || null,
    stage: stage || null,
    service: null,
    digest: null,
    from: null,
    until: null,
    movesOnly,
    text: text || null,
    limit: LIMIT,
  };
  const read = useQuery({
    queryKey: [...keys.promotions, "record", request],
    queryFn: () => api.promotions(request),
    placeholderData: keepPreviousData,
  });
  const filters = path !== ANY || stage !== ANY || movesOnly || text !== "";
  const shown = paths.data?.filter(({ name }) => path === ANY || name === path) ?? [];
  const stages = [...new Set(shown.flatMap((each) => each.stages.map(({ name }) => name)))];
  return (
    <div className={styles.page}>
      <VerifyRecord space={space}>
        <Button
          icon={<CalendarClock />}
          aria-expanded={past}
          onClick={() => setPast(!past)}
          data-testid="record-at-open"
        >
          {t("record.at.open")}
        </Button>
      </VerifyRecord>
      {past && <RecordAt space={space} onOpen={setOpened} />}
      <div className={styles.filters}>
        <SearchField
          label={t("record.filter")}
          value={typed}
          onChange={setTyped}
          className={styles.filter}
          data-testid="record-filter"
        />
        <Select
          label={t("record.path")}
          hideLabel
          value={path}
          onChange={(next) => {
            setPath(next);
            setStage(ANY);
          }}
          options={[
            { value: ANY, label: t("record.everyPath") },
            ...(paths.data ?? []).map(({ name }) => ({ value: name, label: name })),
          ]}
          data-testid="record-path"
        />
        <Select
          label={t("record.stage")}
          hideLabel
          value={stage}
          onChange={setStage}
          options={[
            { value: ANY, label: t("record.everyStage") },
            ...stages.map((name) => ({ value: name, label: name })),
          ]}
          data-testid="record-stage"
        />
        <Checkbox
          label={t("record.movesOnly")}
          checked={movesOnly}
          onChange={setMovesOnly}
          data-testid="record-moves"
        />
        <span className={styles.muted} role="status" data-testid="record-count">
          {read.data && t("record.count", { count: read.data.length })}
        </span>
      </div>
      <Unread read={paths} />
      {read.error && !read.isFetching ? (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      ) : !read.data ? (
        <SkeletonLines lines={6} />
      ) : read.data.length > 0 ? (
        <>
          <EntryGrid
            label={t("record.list")}
            entries={read.data}
            onOpen={setOpened}
            maxRows={ROWS}
            data-testid="record-grid"
          />
          {read.data.length >= LIMIT && (
            <p className={styles.muted}>{t("record.newest", { count: LIMIT })}</p>
          )}
        </>
      ) : filters ? (
        <EmptyState icon={<SearchX />} title={t("record.noMatch")} />
      ) : (
        <EmptyState icon={<History />} title={t("record.empty")} text={t("record.emptyText")} />
      )}
      {opened !== null && <EntryDrawer space={space} sequence={opened} onClose={() => setOpened(null)} />}
    </div>
  );
}

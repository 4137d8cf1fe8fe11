import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { Space } from "../../../api/types";
import { Button } from "../../../components/Button";
import { Card } from "../../../components/Card";
import { ErrorState, SkeletonLines } from "../../../components/States";
import { TextField } from "../../../components/TextField";
import { EntryGrid } from "./EntryGrid";
import styles from "./Record.module.css";

const ROWS = 8;

/** What every stage had at a moment. */
export function RecordAt({ space, onOpen }: { space: Space; onOpen: (sequence: number) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState<string | null>(null);
  const moment = new Date(typed);
  const ready = typed !== "" && !Number.isNaN(moment.getTime());
  const read = useQuery({
    queryKey: [...keys.promotions, "at", space, at],
    queryFn: () => api.promotionsAt({ space, at: at ?? "" }),
    enabled: at !== null,
  });
  return (
    <Card title={t("record.at.title")}>
      <form
        className={styles.page}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) setAt(moment.toISOString());
        }}
      >
        <p className={styles.muted}>{t("record.at.about")}</p>
        <div className={styles.moment}>
          <TextField
            type="datetime-local"
            label={t("record.at.when")}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            data-testid="record-at"
          />
          <Button type="submit" disabled={!ready} busy={read.isFetching} data-testid="record-at-show">
            {t("record.at.action")}
          </Button>
        </div>
        {at !== null &&
          (read.data ? (
            read.data.length > 0 ? (
              <EntryGrid
                label={t("record.at.list")}
                entries={read.data}
                onOpen={onOpen}
                maxRows={ROWS}
                data-testid="record-at-grid"
              />
            ) : (
              <p className={styles.muted}>{t("record.at.nothing")}</p>
            )
          ) : read.error && !read.isFetching ? (
            <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
          ) : (
            <SkeletonLines lines={3} />
          ))}
      </form>
    </Card>
  );
}

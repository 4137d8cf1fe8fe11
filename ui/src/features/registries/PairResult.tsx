import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import { keys } from "../../api/keys";
import type { ImageStanding, PairKey, PairRow, PairSide, PairView } from "../../api/types";
import { Button } from "../../components/Button";
import { Checkbox } from "../../components/Checkbox";
import { DataGrid } from "../../components/DataGrid";
import { Notice } from "../../components/Findings";
import { visible } from "../../components/hidden";
import { SearchField } from "../../components/SearchField";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { Switch } from "../../components/Switch";
import { useRowWindow } from "../../components/useRowWindow";
import { Ago } from "../../components/Values";
import { RegistryName } from "../frame/RegistryName";
import type { PlanForm } from "../plans/usePlanForm";
import { pairColumns } from "./pairColumns";
import styles from "./Registries.module.css";

const rowKey = (row: PairRow) =>
  `${row.repository}:${row.tag ?? ""}@${row.tag ? "" : (row.here ?? row.there)}`;
/** Rows that are seen at once. */
const ROWS = 12;
const OPEN: ImageStanding[] = ["different", "missing", "extra", "nowhere"];

/** The images of two registries: counts, those that are not equal, and the plan that copies what is missing. */
export function PairResult({
  pair,
  mode,
  form,
}: {
  pair: PairKey;
  mode: "images" | "failover";
  form: PlanForm;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [all, setAll] = useState(false);
  const [moves, setMoves] = useState(false);
  const wanted = useDeferredValue(text);
  // What only the second registry has is no gap of a failover.
  const open = mode === "failover" ? OPEN.filter((each) => each !== "extra") : OPEN;
  const request = { ...pair, only: all ? [] : open, text: wanted };
  const list = useRowWindow<PairRow, PairView>([...keys.compared, "pair", request], (offset, limit) =>
    api.pair({ ...request, offset, limit }),
  );
  const columns = useMemo(() => pairColumns(t), [t]);
  const view = list.latest;
  if (!view) {
    if (!list.error) return <SkeletonLines lines={6} />;
    // What was typed wrongly is said at its field.
    return toApiError(list.error).field ? null : <ErrorState error={list.error} onRetry={list.refetch} />;
  }
  const { counts } = view;
  const missing = counts.missing + (moves ? counts.different : 0);
  const isRead = view.here.asOf !== null && view.there.asOf !== null;
  return (
    <div className={styles.stack} data-testid="pair-result">
      <Side side={view.here} data-testid="pair-side-here" />
      <Side side={view.there} data-testid="pair-side-there" />
      <p data-testid="pair-counts">{t("registries.pair.counts", { ...counts })}</p>
      {view.newestGap ? (
        <p data-testid="pair-gap">
          {t("registries.pair.gap")} <Ago at={view.newestGap} />
        </p>
      ) : (
        isRead &&
        counts.equal > 0 &&
        counts.nowhere === 0 && <p data-testid="pair-no-gap">{t("registries.pair.noGap")}</p>
      )}
      <Unusable view={view} />
      <div className={styles.row}>
        <SearchField
          label={t("registries.pair.filter")}
          value={text}
          onChange={setText}
          data-testid="pair-filter"
        />
        <Switch label={t("registries.pair.all")} checked={all} onChange={setAll} data-testid="pair-all" />
        <Button
          variant="primary"
          disabled={missing === 0}
          busy={form.busy}
          onClick={() => form.submit({ change: "copyMissing", ...pair, different: moves })}
          data-testid="copy-missing"
        >
          {t(mode === "failover" ? "registries.failover.copy" : "registries.images.copy", { count: missing })}
        </Button>
        {counts.different > 0 && (
          <Checkbox
            label={t("registries.pair.moves")}
            checked={moves}
            onChange={setMoves}
            data-testid="copy-moves"
          />
        )}
      </div>
      {form.error !== null && form.error !== undefined && <ErrorState error={form.error} compact />}
      {view.total === 0 ? (
        <EmptyState
          title={t(
            wanted.trim() ? "registries.noMatch" : isRead ? "registries.pair.none" : "registries.pair.unread",
          )}
          data-testid="pair-none"
        />
      ) : (
        <DataGrid
          label={t("registries.pair.table")}
          columns={columns}
          total={view.total}
          rowAt={list.rowAt}
          rowKey={rowKey}
          onRange={list.onRange}
          resetKey={JSON.stringify(request)}
          minWidth={760}
          maxRows={ROWS}
          data-testid="pair-grid"
        />
      )}
    </div>
  );
}

/** How old what is shown of a registry is, and why it could not be read. */
function Side({ side, "data-testid": testId }: { side: PairSide; "data-testid": string }) {
  const { t } = useTranslation();
  const { registry, imagesAsOf, asOf, problem, repositories, unread } = side;
  return (
    <div data-testid={testId} data-reachable={problem === null}>
      <RegistryName registry={registry} />{" "}
      <span className={styles.muted}>
        {asOf === null
          ? t("registries.pair.neverRead")
          : t("registries.pair.repositories", { count: repositories })}{" "}
        {imagesAsOf && (
          <>
            {t("registries.pair.imagesAsOf")} <Ago at={imagesAsOf} />
          </>
        )}{" "}
        {unread > 0 && t("registries.pair.unreadRepositories", { count: unread })}
      </span>
      {problem && (
        <Notice severity="warning">
          {asOf === null ? t("registries.pair.unreachableUnread") : t("registries.pair.unreachable")}{" "}
          {visible(problem.message)}
        </Notice>
      )}
    </div>
  );
}

/** References that count for neither registry. */
function Unusable({ view }: { view: PairView }) {
  const { t } = useTranslation();
  const texts = [...view.unusable, ...view.foreign.map((text) => t("registries.pair.foreign", { text }))];
  if (texts.length === 0) return null;
  return (
    <details data-testid="pair-unusable">
      <summary>{t("registries.pair.unusable", { count: texts.length })}</summary>
      <ul className={styles.list}>
        {texts.map((text) => (
          <li key={text}>{visible(text)}</li>
        ))}
      </ul>
    </details>
  );
}

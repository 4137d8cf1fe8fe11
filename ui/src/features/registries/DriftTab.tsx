import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { Drift, DriftPlace, DriftRow, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { Checkbox } from "../../components/Checkbox";
import { DataGrid } from "../../components/DataGrid";
import { SearchField } from "../../components/SearchField";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { Switch } from "../../components/Switch";
import { Ago } from "../../components/Values";
import { CompareDialog } from "../comparison/CompareDialog";
import { usePlaceName } from "../comparison/usePlaceName";
import { RegistryPicker } from "../frame/RegistryPicker";
import { type PlanForm, usePlanForm } from "../plans/usePlanForm";
import { chosenPlaces, equalPlan, shownRows } from "./drift";
import { driftColumns } from "./driftColumns";
import { LookStatus } from "./LookStatus";
import styles from "./Registries.module.css";
import { useLook } from "./useLook";
import { useRegistries } from "./useRegistries";

const rowKey = (row: DriftRow) => row.name;
const none: ReadonlySet<string> = new Set();
/** Rows that are seen at once. */
const ROWS = 16;

/** The settings of repositories in every registry beside those in a reference. */
export function DriftTab() {
  const { t } = useTranslation();
  const nameOf = usePlaceName();
  const { registries, first } = useRegistries();
  const [chosen, setChosen] = useState<RegistryKey | null>(null);
  const [left, setLeft] = useState<ReadonlySet<string>>(none);
  const look = useLook();
  const form = usePlanForm([], undefined);
  const reference = chosen ?? first;
  const others = useMemo(
    () => (reference ? chosenPlaces(registries, reference, left) : []),
    [registries, reference, left],
  );
  const read = useQuery({
    queryKey: [...keys.compared, "drift", reference, others],
    queryFn: () => (reference ? api.drift({ reference, with: others }) : null),
    placeholderData: keepPreviousData,
  });
  const toggle = (registry: RegistryKey, on: boolean) => {
    const next = new Set(left);
    if (on) next.delete(registryId(registry));
    else next.add(registryId(registry));
    setLeft(next);
  };
  if (!reference) return <EmptyState title={t("registries.noRegistry")} />;
  return (
    <div className={styles.stack}>
      <p className={styles.muted}>{t("registries.drift.about")}</p>
      <div className={styles.row}>
        <RegistryPicker
          value={reference}
          onChange={setChosen}
          label={t("registries.drift.reference")}
          field
          data-testid="drift-reference"
        />
      </div>
      <details data-testid="drift-places">
        <summary>{t("registries.drift.places", { count: others.length })}</summary>
        <div className={styles.places}>
          {registries
            .filter((each) => registryId(each) !== registryId(reference))
            .map((each) => (
              <Checkbox
                key={registryId(each)}
                label={nameOf(each)}
                checked={!left.has(registryId(each))}
                onChange={(on) => toggle(each, on)}
                data-testid={`drift-place-${each.account}-${each.region}`}
              />
            ))}
        </div>
      </details>
      <LookStatus
        look={look}
        disabled={others.length === 0}
        onLook={() =>
          look.begin([reference, ...others].map((registry) => ({ registry, policies: true, images: false })))
        }
      />
      {read.error && !read.isFetching && (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      )}
      {read.data ? <Matrix drift={read.data} form={form} /> : !read.error && <SkeletonLines lines={6} />}
    </div>
  );
}

function Matrix({ drift, form }: { drift: Drift; form: PlanForm }) {
  const { t } = useTranslation();
  const nameOf = usePlaceName();
  const [text, setText] = useState("");
  const [all, setAll] = useState(false);
  const [create, setCreate] = useState(false);
  const [selection, setSelection] = useState<ReadonlySet<string>>(none);
  const [opened, setOpened] = useState<DriftRow | null>(null);
  const wanted = useDeferredValue(text);
  const rows = useMemo(() => shownRows(drift, wanted, !all), [drift, wanted, all]);
  const columns = useMemo(() => driftColumns(t, drift.places, nameOf), [t, drift.places, nameOf]);
  const chosen = useMemo(() => rows.filter((row) => selection.has(row.name)), [rows, selection]);
  const request = equalPlan(drift, chosen.length > 0 ? chosen : rows, create);
  const [reference, ...others] = drift.places;
  if (!reference) return null;
  if (!reference.asOf) {
    return (
      <EmptyState
        title={t("registries.drift.unread")}
        text={t("registries.drift.unreadText")}
        data-testid="drift-unread"
      />
    );
  }
  return (
    <div className={styles.stack}>
      <Counts places={drift.places} />
      <div className={styles.row}>
        <SearchField
          label={t("registries.drift.filter")}
          value={text}
          onChange={setText}
          data-testid="drift-filter"
        />
        <Switch label={t("registries.drift.all")} checked={all} onChange={setAll} data-testid="drift-all" />
        <Switch
          label={t("registries.drift.create")}
          checked={create}
          onChange={setCreate}
          data-testid="drift-create"
        />
        <Button
          variant="primary"
          disabled={request === null}
          busy={form.busy}
          onClick={() => request && form.submit(request)}
          data-testid="drift-equal"
        >
          {chosen.length > 0
            ? t("registries.drift.equalChosen", { count: chosen.length })
            : t("registries.drift.equal")}
        </Button>
      </div>
      {form.error !== null && form.error !== undefined && <ErrorState error={form.error} compact />}
      <p role="status" className={styles.muted} data-testid="drift-count">
        {t("registries.drift.count", { count: rows.length, of: drift.rows.length })}
      </p>
      {rows.length === 0 ? (
        <EmptyState
          title={t(wanted.trim() ? "registries.noMatch" : "registries.drift.equalAll")}
          data-testid="drift-none"
        />
      ) : (
        <DataGrid
          label={t("registries.drift.table")}
          columns={columns}
          total={rows.length}
          rowAt={(index) => rows[index]}
          rowKey={rowKey}
          onOpen={setOpened}
          selection={selection}
          onSelection={setSelection}
          selectLabel={(row) => t("registries.drift.choose", { repository: row.name })}
          resetKey={`${wanted}/${all}`}
          minWidth={260 + drift.places.length * 150}
          maxRows={ROWS}
          data-testid="drift-grid"
        />
      )}
      {opened && (
        <CompareDialog
          repository={{ registry: reference.registry, repository: opened.name }}
          initial={others.map(({ registry }) => registry)}
          onClose={() => setOpened(null)}
        />
      )}
    </div>
  );
}

/** How much differs, and as of when. */
function Counts({ places }: { places: readonly DriftPlace[] }) {
  const { t } = useTranslation();
  const sum = (of: (place: DriftPlace) => number) => places.reduce((all, place) => all + of(place), 0);
  const reads = places.flatMap(({ asOf }) => (asOf ? [asOf] : []));
  const oldest = reads.sort()[0];
  return (
    <p data-testid="drift-counts">
      {t("registries.drift.counts", {
        different: sum((place) => place.different),
        missing: sum((place) => place.missing),
        extra: sum((place) => place.extra),
        unread: sum((place) => place.unread),
      })}{" "}
      <span className={styles.muted}>
        {t("common.asOf")} <Ago at={oldest} />
      </span>
    </p>
  );
}

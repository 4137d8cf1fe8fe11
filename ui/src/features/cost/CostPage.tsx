import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { CostView, RegistryKey, ReplicatedCost, RepositoryCost } from "../../api/types";
import { DataGrid } from "../../components/DataGrid";
import { Page, PageHeader } from "../../components/PageHeader";
import { SaveButton, SaveResult, useSaveFile } from "../../components/SaveFile";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { NoAccounts } from "../frame/NoAccounts";
import { RegistryPicker } from "../frame/RegistryPicker";
import { useScope } from "../frame/scope";
import { amount, csv } from "./amounts";
import styles from "./Cost.module.css";
import { replicatedColumns, repositoryColumns } from "./costColumns";
import { Prices } from "./Prices";
import { WhatIf } from "./WhatIf";

const repositoryKey = (row: RepositoryCost) => row.repository;
const replicatedKey = (row: ReplicatedCost) => `${row.repository} ${row.destination} ${row.month}`;
/** The choice of days of growth and months of replication. */
const DAYS = 90;
const MONTHS = 3;
/** Rows that are seen at once. */
const ROWS = 12;

/** What a registry stores and replicates, how it grew, and what that costs. */
export function CostPage() {
  const { t } = useTranslation();
  const { accounts, space, registry } = useScope();
  const first = useMemo(() => {
    const [account] = accounts;
    const [region] = account?.regions ?? [];
    return account && region ? { space, account: account.id, region } : null;
  }, [accounts, space]);
  const [chosen, setChosen] = useState<RegistryKey | null>(null);
  const [prices, setPrices] = useState<string | null>(null);
  const shown = chosen ?? registry ?? first;
  return (
    <Page name="cost" header={<PageHeader title={t("cost.title")} subtitle={t("cost.subtitle")} />}>
      {accounts.length === 0 || !shown ? (
        <NoAccounts />
      ) : (
        <div className={styles.stack}>
          <RegistryPicker
            value={shown}
            onChange={setChosen}
            label={t("cost.registry")}
            field
            data-testid="cost-registry"
          />
          <Cost registry={shown} prices={prices} onPrices={setPrices} />
        </div>
      )}
    </Page>
  );
}

function Cost({
  registry,
  prices,
  onPrices,
}: {
  registry: RegistryKey;
  prices: string | null;
  onPrices: (prices: string | null) => void;
}) {
  const read = useQuery({
    queryKey: ["cost", registry, prices],
    queryFn: () => api.cost({ registry, prices, days: DAYS, months: MONTHS }),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      {read.error && !read.isFetching && (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      )}
      {read.data ? (
        <>
          <Result registry={registry} view={read.data} />
          <WhatIf registry={registry} view={read.data} prices={prices} />
          <Prices view={read.data} own={prices !== null} onChange={onPrices} />
        </>
      ) : (
        !read.error && <SkeletonLines lines={6} />
      )}
    </>
  );
}

function Result({ registry, view }: { registry: RegistryKey; view: CostView }) {
  const { t } = useTranslation();
  const { currency, asOf } = view.prices;
  const saving = useSaveFile(`cost-${registry.account}-${registry.region}.csv`, csv(view));
  const repositories = useMemo(() => repositoryColumns(t, currency), [t, currency]);
  const months = useMemo(() => replicatedColumns(t, currency), [t, currency]);
  if (view.repositories.length === 0) {
    return <EmptyState title={t("cost.none")} text={t("cost.noneText")} data-testid="cost-none" />;
  }
  const total = amount(view.perMonth, currency);
  return (
    <>
      <div className={styles.row}>
        <p data-testid="cost-total">
          {total ? t("cost.total", { amount: total, day: asOf }) : t("cost.totalUnknown")}
        </p>
        <SaveButton saving={saving} name={t("cost.table")} label={t("cost.saveCsv")} data-testid="cost-csv" />
      </div>
      <SaveResult saving={saving} />
      <DataGrid
        label={t("cost.table")}
        columns={repositories}
        total={view.repositories.length}
        rowAt={(index) => view.repositories[index]}
        rowKey={repositoryKey}
        minWidth={780}
        maxRows={ROWS}
        data-testid="cost-grid"
      />
      <h2 className={styles.heading}>{t("cost.replicated")}</h2>
      {view.replicatedProblem && <ErrorState error={view.replicatedProblem} compact />}
      {view.replicated.length > 0 ? (
        <>
          <p className={styles.muted}>{t("cost.replicatedAbout")}</p>
          <DataGrid
            label={t("cost.replicated")}
            columns={months}
            total={view.replicated.length}
            rowAt={(index) => view.replicated[index]}
            rowKey={replicatedKey}
            minWidth={900}
            maxRows={ROWS}
            data-testid="cost-replicated"
          />
        </>
      ) : (
        !view.replicatedProblem && <p className={styles.muted}>{t("cost.notReplicated")}</p>
      )}
    </>
  );
}

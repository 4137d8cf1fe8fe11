import { useQuery } from "@tanstack/react-query";
import { RefreshCcwDot, RefreshCw } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import { keys, registryId } from "../../api/keys";
import type { Overview, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { Page, PageHeader } from "../../components/PageHeader";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { Ago } from "../../components/Values";
import { RegistryName } from "../frame/RegistryName";
import { useScope } from "../frame/scope";
import styles from "./Readiness.module.css";
import { RuleChecks } from "./RuleChecks";
import { worstFirst } from "./readinessText";
import { FixRun, useFix } from "./useFix";

/** Registries that are examined at once: each takes some dozens of calls. */
const AT_ONCE = 3;

/** Whether the rules of every registry of the scope will work, registry by registry. */
export function AllReadinessPage() {
  const { t } = useTranslation();
  const { scope } = useScope();
  const overview = useQuery({ queryKey: [...keys.overview, scope], queryFn: () => api.overview(scope) });
  const [round, setRound] = useState(0);
  return (
    <Page
      name="all-readiness"
      header={
        <PageHeader
          title={t("readiness.all.title")}
          subtitle={t("readiness.all.subtitle")}
          actions={
            <Button
              icon={<RefreshCw />}
              onClick={() => {
                void overview.refetch();
                setRound(round + 1);
              }}
              data-testid="readiness-again"
            >
              {t("readiness.again")}
            </Button>
          }
        />
      }
    >
      {overview.error && !overview.data ? (
        <ErrorState error={overview.error} onRetry={() => void overview.refetch()} />
      ) : overview.data ? (
        <Registries key={round} round={round} registries={toExamine(overview.data)} />
      ) : (
        <SkeletonLines lines={6} />
      )}
    </Page>
  );
}

/** The registries that have rules, and those of which that is not known. */
function toExamine({ registries, links }: Overview): RegistryKey[] {
  const sources = new Set(links.map(({ source }) => registryId(source)));
  return registries
    .filter((each) => sources.has(registryId(each.registry)) || each.asOf === null || each.problem !== null)
    .map((each) => each.registry);
}

function Registries({ registries, round }: { registries: readonly RegistryKey[]; round: number }) {
  const { t } = useTranslation();
  const [done, setDone] = useState<ReadonlySet<string>>(new Set());
  const onDone = useCallback((id: string) => setDone((before) => new Set([...before, id])), []);
  if (registries.length === 0) {
    return (
      <EmptyState icon={<RefreshCcwDot />} title={t("overview.noRules")} text={t("readiness.all.noRules")} />
    );
  }
  return (
    <div className={styles.page}>
      <p className={styles.muted} role="status" data-testid="readiness-progress">
        {t("readiness.all.done", { count: registries.length, done: done.size })}
      </p>
      {registries.map((registry, index) => (
        <Registry
          key={registryId(registry)}
          registry={registry}
          round={round}
          enabled={index < done.size + AT_ONCE}
          onDone={onDone}
        />
      ))}
    </div>
  );
}

/** The rules of a registry. One that turns out to have none is not shown. */
function Registry({
  registry,
  round,
  enabled,
  onDone,
}: {
  registry: RegistryKey;
  round: number;
  enabled: boolean;
  onDone: (id: string) => void;
}) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: [...keys.readiness, registry, null, round],
    queryFn: () => api.readiness({ registry, rule: null }),
    staleTime: 0,
    enabled,
  });
  const { refetch, isFetched } = read;
  const fixing = useFix(useCallback(() => void refetch(), [refetch]));
  const id = registryId(registry);
  useEffect(() => {
    if (isFetched) onDone(id);
  }, [isFetched, onDone, id]);
  if (read.error && toApiError(read.error).code === "no-rules") return null;
  return (
    <section className={styles.registry} data-testid="registry-readiness" data-registry={id}>
      <h2 className={styles.registryName}>
        <RegistryName registry={registry} />
        {read.data && (
          <span className={styles.muted}>
            {t("readiness.checked")} <Ago at={new Date(read.dataUpdatedAt).toISOString()} />
          </span>
        )}
      </h2>
      <FixRun fixing={fixing} />
      {read.error && !read.isFetching && (
        <ErrorState error={read.error} compact onRetry={() => void refetch()} />
      )}
      {read.data
        ? worstFirst(read.data.rules).map((each) => (
            <RuleChecks key={each.rule ?? ""} source={registry} rule={each} fixing={fixing} />
          ))
        : !read.error && <SkeletonLines lines={enabled ? 4 : 1} />}
    </section>
  );
}

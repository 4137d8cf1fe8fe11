import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft, RefreshCw } from "lucide-react";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { PlanRequest, RegistryKey } from "../../api/types";
import { Button, IconButton } from "../../components/Button";
import { Notice } from "../../components/Findings";
import { Page, PageHeader } from "../../components/PageHeader";
import { ErrorState, SkeletonLines } from "../../components/States";
import { Ago } from "../../components/Values";
import { useVisible } from "../frame/queries";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Readiness.module.css";
import { RuleChecks } from "./RuleChecks";
import { worstFirst } from "./readinessText";
import { FixRun, useFix } from "./useFix";

/** Whether the rules of a registry, or one of them, will work, and why not. */
export function ReadinessPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { space, account, region, rule } = useSearch({ from: "/replication/readiness" });
  const registry = useMemo<RegistryKey>(() => ({ space, account, region }), [space, account, region]);
  useVisible({ registries: [registry], repository: null, images: [] });
  const read = useQuery({
    queryKey: [...keys.readiness, registry, rule ?? null],
    queryFn: () => api.readiness({ registry, rule: rule ?? null }),
    staleTime: 0,
  });
  const { refetch } = read;
  const checkAll = useCallback(
    () => void navigate({ to: "/replication/readiness", search: registry, replace: true }),
    [navigate, registry],
  );
  const fixing = useFix(
    useCallback(
      ({ change }: PlanRequest) => {
        // A rule is named by its content, so a changed rule has another id.
        if (rule && (change === "putRule" || change === "removeRule")) checkAll();
        else void refetch();
      },
      [rule, checkAll, refetch],
    ),
  );
  const failed = read.error && !read.isFetching;
  const error = failed && (
    <ErrorState
      error={read.error}
      compact={read.data !== undefined}
      onRetry={() => void refetch()}
      actions={
        rule && (
          <Button size="small" onClick={checkAll} data-testid="readiness-all">
            {t("readiness.checkAll")}
          </Button>
        )
      }
    />
  );
  const back = () =>
    rule
      ? void navigate({ to: "/replication/rule", search: { ...registry, rule } })
      : void navigate({ to: "/replication", search: { account, region } });
  return (
    <Page
      name="readiness"
      header={
        <PageHeader
          title={
            <>
              <IconButton
                label={t(rule ? "readiness.backToRule" : "readiness.back")}
                icon={<ChevronLeft />}
                onClick={back}
                data-testid="readiness-back"
              />
              {t("readiness.title")}
            </>
          }
          subtitle={<RegistryName registry={registry} />}
          actions={
            <Button
              icon={<RefreshCw />}
              busy={read.isFetching}
              onClick={() => void refetch()}
              data-testid="readiness-again"
            >
              {t("readiness.again")}
            </Button>
          }
        />
      }
    >
      <div className={styles.page}>
        <FixRun fixing={fixing} />
        {error}
        {read.data ? (
          <>
            {failed && <Notice severity="warning">{t("readiness.old")}</Notice>}
            <p className={styles.muted}>
              {t("readiness.checked")} <Ago at={new Date(read.dataUpdatedAt).toISOString()} />
            </p>
            {worstFirst(read.data.rules).map((each) => (
              <RuleChecks key={each.rule ?? ""} source={registry} rule={each} fixing={fixing} />
            ))}
          </>
        ) : (
          !failed && (
            <>
              <p className={styles.muted}>{t("readiness.checking")}</p>
              <SkeletonLines lines={6} />
            </>
          )
        )}
      </div>
    </Page>
  );
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { CleanUpCandidates, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { Page, PageHeader } from "../../components/PageHeader";
import { ErrorState, SkeletonLines } from "../../components/States";
import { RegistryName } from "../frame/RegistryName";
import { SpaceBadge } from "../frame/SpaceBadge";
import styles from "./CleanUp.module.css";
import { CleanUpWizard } from "./CleanUpWizard";
import { withLooked } from "./selection";

/** Removes the repositories, statements and rule of a replication set-up. */
export function CleanUpPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { space, account, region, rule } = useSearch({ from: "/replication/clean-up" });
  const registry = useMemo<RegistryKey>(() => ({ space, account, region }), [space, account, region]);
  const client = useQueryClient();
  const queryKey = ["cleanUp", registry, rule ?? null];
  const read = useQuery({
    queryKey,
    queryFn: () => api.cleanUp({ registry, rule: rule ?? null }),
    // The candidates are read once; the plan reads them again.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const leave = () => void navigate({ to: "/replication", search: { account, region } });
  return (
    <Page
      name="clean-up"
      fill
      header={
        <PageHeader
          title={
            <>
              {t("cleanup.title")}
              <SpaceBadge space={space} registries={[registry]} />
            </>
          }
          subtitle={
            <>
              {t("cleanup.of")} <RegistryName registry={registry} />
            </>
          }
        />
      }
    >
      {read.data ? (
        <CleanUpWizard
          candidates={read.data}
          rule={rule ?? null}
          onLooked={(looked) =>
            client.setQueryData<CleanUpCandidates>(queryKey, (seen) => seen && withLooked(seen, looked))
          }
          onLeave={leave}
        />
      ) : read.error ? (
        <ErrorState
          error={read.error}
          onRetry={() => void read.refetch()}
          actions={
            <Button size="small" onClick={leave}>
              {t("replication.back")}
            </Button>
          }
        />
      ) : (
        <div className={styles.looking}>
          <p>{t("cleanup.looking")}</p>
          <SkeletonLines lines={6} />
        </div>
      )}
    </Page>
  );
}

import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { RegistryKey } from "../../api/types";
import { Page, PageHeader } from "../../components/PageHeader";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { RegistryName } from "../frame/RegistryName";
import { RuleWizard } from "./RuleWizard";

/** Adds a rule, or edits the one that the address names. */
export function RuleWizardPage() {
  const { t } = useTranslation();
  const { space, account, region, rule: id, to, prefixes } = useSearch({ from: "/replication/edit" });
  const registry = useMemo<RegistryKey>(() => ({ space, account, region }), [space, account, region]);
  // Read before anything is typed, so that the preview uses the current configuration.
  const read = useQuery({
    queryKey: [...keys.replication(registry), "wizard"],
    queryFn: () => api.replication(registry),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (read.data) {
    const rule = id ? read.data.rules.find((each) => each.id === id) : undefined;
    if (!id || rule) return <RuleWizard registry={registry} rule={rule} to={to} prefixes={prefixes} />;
  }
  return (
    <Page
      name="rule-wizard"
      header={
        <PageHeader
          title={t(id ? "replication.wizard.editTitle" : "replication.wizard.title")}
          subtitle={<RegistryName registry={registry} />}
        />
      }
    >
      {read.data ? (
        <EmptyState title={t("replication.gone")} text={t("replication.goneText")} />
      ) : read.error ? (
        <ErrorState error={read.error} onRetry={() => void read.refetch()} />
      ) : (
        <SkeletonLines lines={6} />
      )}
    </Page>
  );
}

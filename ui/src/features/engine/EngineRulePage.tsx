import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Page, PageHeader } from "../../components/PageHeader";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { EngineWizard } from "./EngineWizard";
import { newRule } from "./engineForm";
import { useEngineRules } from "./queries";

/** Adds an engine rule, or edits the one that the address names. */
export function EngineRulePage() {
  const { t } = useTranslation();
  const { space, account, region, rule: id, to, prefixes } = useSearch({ from: "/replication/engine" });
  const read = useEngineRules(space, id !== undefined);
  const kept = id ? read.data?.find((each) => each.id === id) : undefined;
  // The rule as it was when it was opened: entries are not lost when the rule changes elsewhere.
  const opened = kept?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: exactly when another rule is opened
  const start = useMemo(
    () => kept?.rule ?? newRule(account && region ? { account, region } : null, to ?? [], prefixes ?? []),
    [opened, account, region, to, prefixes],
  );
  if (!id || kept) {
    return <EngineWizard key={opened ?? "new"} space={space} id={opened ?? null} start={start} />;
  }
  return (
    <Page name="engine-rule" header={<PageHeader title={t("engine.wizard.editTitle")} />}>
      {read.data ? (
        <EmptyState title={t("engine.wizard.gone")} text={t("replication.goneText")} />
      ) : read.error ? (
        <ErrorState error={read.error} onRetry={() => void read.refetch()} />
      ) : (
        <SkeletonLines lines={6} />
      )}
    </Page>
  );
}

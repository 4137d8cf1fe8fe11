import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey, RuleView } from "../../api/types";
import { Card } from "../../components/Card";
import { ErrorState, SkeletonLines } from "../../components/States";
import { SuggestField } from "../../components/SuggestField";
import { useDebounced } from "../../components/useDebounced";
import { SettingsComparison } from "../comparison/SettingsComparison";
import { useMakeEqual } from "../comparison/useMakeEqual";
import styles from "./Replication.module.css";
import { useRulePreview } from "./useRulePreview";

/** The settings of a repository that a rule replicates, beside those at the rule's destinations. */
export function RuleSettings({ registry, rule }: { registry: RegistryKey; rule: RuleView }) {
  const { t } = useTranslation();
  const equal = useMakeEqual();
  const [typed, setTyped] = useState<string | null>(null);
  const destinations = rule.destinations.map((each) => each.registry);
  const preview = useRulePreview({
    registry,
    destinations: destinations.map(({ account, region }) => ({ account, region })),
    filters: rule.filters,
    deleteReplication: rule.deleteReplication,
    replaces: rule.id,
  });
  const matches = preview.data?.matches ?? [];
  const only = matches.length === 1 ? (matches[0]?.repository ?? "") : "";
  const name = typed ?? only;
  const repository = useDebounced(name.trim());
  // Not every match is listed, so that a name that is not may still be one.
  const unlisted = (preview.data?.repositories ?? 0) > matches.length;
  const known = matches.some((each) => each.repository === repository);
  return (
    <Card title={t("comparison.title")} data-testid="rule-settings">
      <div className={styles.page}>
        <p className={styles.muted}>{t("comparison.about")}</p>
        {preview.error ? (
          <ErrorState error={preview.error} compact onRetry={() => void preview.refetch()} />
        ) : !preview.data ? (
          <SkeletonLines lines={2} />
        ) : matches.length === 0 ? (
          <p className={styles.muted}>{t("comparison.rule.none")}</p>
        ) : (
          <>
            <div className={styles.narrow}>
              <SuggestField
                label={t("comparison.rule.repository")}
                hint={t("comparison.rule.hint")}
                value={name}
                onChange={setTyped}
                suggestions={matches.map((each) => ({ value: each.repository }))}
                mono
                data-testid="settings-repository"
              />
            </div>
            {repository !== "" && (known || unlisted) ? (
              <SettingsComparison
                key={repository}
                repository={{ registry, repository }}
                registries={destinations}
                equal={equal}
              />
            ) : (
              <p className={styles.muted}>
                {t(repository === "" ? "comparison.rule.choose" : "comparison.rule.unmatched")}
              </p>
            )}
          </>
        )}
      </div>
    </Card>
  );
}

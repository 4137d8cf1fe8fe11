import { useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { EngineRuleView, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { ErrorState, SkeletonLines } from "../../components/States";
import styles from "./Engine.module.css";
import { EngineRuleCard } from "./EngineRuleCard";
import { useEngineRules } from "./queries";

/** Engine rules of the space, starting with those of one registry. */
export function EngineRules({ registry }: { registry: RegistryKey }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const read = useEngineRules(registry.space);
  const here = (rule: EngineRuleView) =>
    rule.source.registry !== null && registryId(rule.source.registry) === registryId(registry);
  const rules = read.data?.toSorted((a, b) => Number(here(b)) - Number(here(a)));
  return (
    <section className={styles.rules} aria-label={t("engine.rules")} data-testid="engine-rules">
      <div className={styles.head}>
        <div>
          <h2 className={styles.heading}>{t("engine.rules")}</h2>
          <p className={styles.muted}>{t("engine.rulesText")}</p>
        </div>
        <Button
          size="small"
          icon={<Plus />}
          onClick={() =>
            void navigate({
              to: "/replication/engine",
              search: { space: registry.space, account: registry.account, region: registry.region },
            })
          }
          data-testid="engine-rule-add"
        >
          {t("engine.add")}
        </Button>
      </div>
      {read.error && <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />}
      {!rules && !read.error && <SkeletonLines lines={3} />}
      {rules?.length === 0 && (
        <p className={styles.muted} data-testid="no-engine-rules">
          {t("engine.none")}
        </p>
      )}
      {rules && rules.length > 0 && (
        <ul className={styles.list}>
          {rules.map((rule) => (
            <EngineRuleCard key={rule.id} rule={rule} />
          ))}
        </ul>
      )}
    </section>
  );
}

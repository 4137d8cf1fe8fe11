import { useQuery } from "@tanstack/react-query";
import { ListChecks } from "lucide-react";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { ReadinessCheck, RegistryKey, RuleInput, RuleReadiness } from "../../api/types";
import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { ErrorState, SkeletonLines } from "../../components/States";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Readiness.module.css";
import { RuleChecks } from "./RuleChecks";
import { FixRun, useFix } from "./useFix";

/** Whether a rule will work that is not written yet, examined when that is asked for. */
export function PlannedReadiness({
  rule,
  adding,
}: {
  rule: RuleInput;
  /** Destinations whose statement the plan writes. */
  adding: readonly RegistryKey[];
}) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const { also = [], ...entries } = rule;
  const sources = [rule.registry, ...also];
  return (
    <Card title={t("readiness.title")} data-testid="planned-readiness">
      {asked ? (
        sources.map((registry) => (
          <Source
            key={registryId(registry)}
            rule={{ ...entries, registry }}
            adding={adding}
            named={sources.length > 1}
          />
        ))
      ) : (
        <div className={styles.ask}>
          <p className={styles.muted}>{t("readiness.planned.about")}</p>
          <Button icon={<ListChecks />} onClick={() => setAsked(true)} data-testid="check-planned">
            {t("readiness.check")}
          </Button>
        </div>
      )}
    </Card>
  );
}

function Source({
  rule,
  adding,
  named,
}: {
  rule: RuleInput;
  adding: readonly RegistryKey[];
  /** Says which source it is. */
  named: boolean;
}) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: [...keys.readiness, rule],
    queryFn: () => api.readiness({ registry: rule.registry, rule: null, planned: rule }),
    staleTime: 0,
  });
  const { refetch } = read;
  const fixing = useFix(useCallback(() => void refetch(), [refetch]));
  return (
    <>
      {named && <RegistryName registry={rule.registry} />}
      <FixRun fixing={fixing} />
      {read.error && !read.isFetching && (
        <ErrorState error={read.error} compact onRetry={() => void refetch()} />
      )}
      {read.data
        ? read.data.rules.map((each) => (
            <RuleChecks
              key={each.sentence}
              source={rule.registry}
              rule={withStatements(each, adding, t("readiness.planned.statement"))}
              planned={rule}
              fixing={fixing}
            />
          ))
        : !read.error && <SkeletonLines lines={4} />}
    </>
  );
}

/** A statement that the plan writes is no failure; one that denies stays one. */
function withStatements(rule: RuleReadiness, adding: readonly RegistryKey[], text: string): RuleReadiness {
  const added = new Set(adding.map(registryId));
  const isWritten = ({ id, outcome, registry }: ReadinessCheck) =>
    id.startsWith("statement-") &&
    id !== "statement-denies" &&
    outcome === "failed" &&
    added.has(registryId(registry));
  const checks = rule.checks.map((check) =>
    isWritten(check) ? { ...check, outcome: "ok" as const, text, fix: null } : check,
  );
  // What was not known besides may be what it depends on.
  const isKnown = checks.every(({ outcome }) => outcome !== "failed" && outcome !== "unknown");
  return { ...rule, checks, ready: rule.ready || (rule.checks.some(isWritten) && isKnown) };
}

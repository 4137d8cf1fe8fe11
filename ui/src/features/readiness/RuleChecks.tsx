import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ReadinessCheck, RegistryKey, RuleInput, RuleReadiness } from "../../api/types";
import { Badge, StatusPill } from "../../components/Badge";
import { Button } from "../../components/Button";
import { visible } from "../../components/hidden";
import { Prose } from "../../components/Prose";
import type { Group } from "../findings/groups";
import { Shortened } from "../findings/Shortened";
import { useNameOf } from "../findings/useNameOf";
import { RegistryName } from "../frame/RegistryName";
import { Evidence } from "./Evidence";
import { FixActions } from "./FixActions";
import styles from "./Readiness.module.css";
import {
  countOf,
  type ExaminedRule,
  groupChecks,
  looks,
  openChecks,
  summaryLooks,
  summaryOf,
} from "./readinessText";
import { TestRule } from "./TestRule";
import type { Fixing } from "./useFix";

/** The checks of a rule: those that need attention first, those that are OK as a count. */
export function RuleChecks({
  source,
  rule,
  planned,
  fixing,
}: {
  source: RegistryKey;
  rule: RuleReadiness;
  /** The entries of a rule that is not written yet. */
  planned?: RuleInput | undefined;
  fixing: Fixing;
}) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const okId = useId();
  const summary = summaryOf(rule);
  const open = openChecks(rule.checks);
  const fine = rule.checks.filter((check) => check.outcome === "ok");
  const unknown = countOf(rule.checks, "unknown");
  const nameOf = useNameOf();
  const examined: ExaminedRule = planned ? { planned } : rule.rule === null ? null : { id: rule.rule };
  const list = (checks: readonly ReadinessCheck[]) =>
    groupChecks(checks, nameOf).map((group, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: two checks may be alike
      <Check key={index} group={group} source={source} rule={examined} fixing={fixing} />
    ));
  return (
    <section className={styles.rule} data-testid="rule-readiness" data-rule={rule.rule ?? undefined}>
      <div className={styles.ruleHead}>
        {!planned && (
          <h2 className={styles.sentence}>
            {rule.rule === null ? (
              <Prose text={visible(rule.sentence)} />
            ) : (
              <Link to="/replication/rule" search={{ ...source, rule: rule.rule }}>
                <Prose text={visible(rule.sentence)} />
              </Link>
            )}
          </h2>
        )}
        <StatusPill status={summaryLooks[summary]} data-testid="rule-summary">
          {summary === "failed"
            ? t("readiness.summary.failed", { count: countOf(rule.checks, "failed") })
            : t(`readiness.summary.${summary}`)}
        </StatusPill>
        {rule.rule !== null && <TestRule registry={source} rule={rule.rule} />}
      </div>
      {unknown > 0 && <p className={styles.muted}>{t("readiness.unknown", { count: unknown })}</p>}
      {open.length > 0 && (
        <ul className={styles.checks} aria-label={t("readiness.checks")}>
          {list(open)}
        </ul>
      )}
      {fine.length > 0 && (
        <>
          <Button
            size="small"
            variant="ghost"
            icon={all ? <ChevronDown /> : <ChevronRight />}
            aria-expanded={all}
            aria-controls={all ? okId : undefined}
            onClick={() => setAll(!all)}
            className={styles.more}
            data-testid="checks-ok"
          >
            {t("readiness.okCount", { count: fine.length })}
          </Button>
          {all && (
            <ul id={okId} className={styles.checks}>
              {list(fine)}
            </ul>
          )}
        </>
      )}
    </section>
  );
}

/** What checks of several registries have in common, and the fix and the evidence of each. */
function Check({
  group: { first: check, all },
  source,
  rule,
  fixing,
}: {
  group: Group<ReadinessCheck>;
  source: RegistryKey;
  rule: ExaminedRule;
  fixing: Fixing;
}) {
  const { t } = useTranslation();
  const others = all.slice(1);
  return (
    <li
      className={styles.check}
      data-testid="readiness-check"
      data-check={check.id}
      data-outcome={check.outcome}
    >
      <StatusPill status={looks[check.outcome]}>{t(`readiness.outcome.${check.outcome}`)}</StatusPill>
      <div className={styles.checkBody}>
        <p className={styles.text}>
          <Prose text={visible(check.text)} />
        </p>
        <Place check={check} source={source} rule={rule} fixing={fixing} />
        {others.length > 0 && (
          <div className={styles.same} data-testid="same-for">
            <span className={styles.muted}>{t("findings.sameFor", { count: others.length })}</span>
            <Shortened label={t("findings.registries")} items={others}>
              {(other, index) => (
                <li key={index} className={styles.other} data-testid="same-registry">
                  <Place check={other} source={source} rule={rule} fixing={fixing} />
                </li>
              )}
            </Shortened>
          </div>
        )}
      </div>
    </li>
  );
}

/** The registry of a check, what would fix it there, and what it was decided by. */
function Place({
  check,
  source,
  rule,
  fixing,
}: {
  check: ReadinessCheck;
  source: RegistryKey;
  rule: ExaminedRule;
  fixing: Fixing;
}) {
  const { t } = useTranslation();
  return (
    <>
      <p className={styles.where}>
        <Badge>{t(`errors.side.${check.place}`)}</Badge>
        <RegistryName registry={check.registry} />
      </p>
      {check.fix && <FixActions check={check} fix={check.fix} source={source} rule={rule} fixing={fixing} />}
      <Evidence evidence={check.evidence} />
    </>
  );
}

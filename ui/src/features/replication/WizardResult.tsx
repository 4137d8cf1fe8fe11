import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Findings";
import { BringOver } from "../backfill/BringOver";
import { hasEnded } from "../events/applyEvent";
import { CheckReadiness } from "../readiness/CheckReadiness";
import { useRun } from "../runs/queries";
import { RunDetail } from "../runs/RunDetail";
import { LackingDestinations } from "./RuleFindings";
import styles from "./Steps.module.css";
import { TestSaved } from "./TestSaved";

/** The run that writes the rule, until it has ended, and the next steps. */
export function WizardResult({
  run: id,
  registry,
  also,
  destinations,
  prefixes,
  lacking,
  onAgain,
  onFollow,
}: {
  run: string;
  registry: RegistryKey;
  /** Further sources of the rule. */
  also: readonly RegistryKey[];
  destinations: readonly RegistryKey[];
  prefixes: readonly string[];
  /** Destinations whose statement was not written with the rule. */
  lacking: readonly RegistryKey[];
  /** Goes back to the review with all entries. */
  onAgain: () => void;
  onFollow: (run: string) => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data: run } = useRun(id);
  const ended = run ? hasEnded(run.state) : false;
  const good = run?.state === "done" || run?.state === "skipped";
  // What follows is done in one registry at a time, from its own page.
  const one = good && also.length === 0;
  const partly = !good && also.length > 0 && (run?.counts?.done ?? 0) > 0;
  return (
    <div className={styles.result} data-testid="wizard-result" data-state={run?.state}>
      <h2 className={styles.outcome} role="status">
        {t(
          !ended
            ? "replication.wizard.writing"
            : good
              ? "replication.wizard.written"
              : partly
                ? "replication.wizard.partlyWritten"
                : "replication.wizard.notWritten",
        )}
      </h2>
      <RunDetail id={id} onFollow={onFollow} />
      {good && lacking.length > 0 && (
        <LackingDestinations
          code="permission-missing"
          source={registry}
          destinations={lacking}
          prefixes={prefixes}
        />
      )}
      {good && (
        <Notice>
          <p>{t("replication.wizard.onlyNew")}</p>
          {one && <BringOver registry={registry} destinations={destinations} prefixes={prefixes} />}
          {!one && <p>{t("replication.wizard.sources.next")}</p>}
        </Notice>
      )}
      <div className={styles.adds}>
        <Button
          variant={good ? "primary" : "secondary"}
          onClick={() =>
            void navigate({
              to: "/replication",
              search: { account: registry.account, region: registry.region },
            })
          }
          data-testid="wizard-finish"
        >
          {t("replication.wizard.toRules")}
        </Button>
        {one && <CheckReadiness registry={registry} />}
        {one && <TestSaved registry={registry} destinations={destinations} prefixes={prefixes} />}
        {ended && !good && (
          <Button onClick={onAgain} data-testid="wizard-again">
            {t("replication.wizard.toReview")}
          </Button>
        )}
        <Link to="/activity" search={{ run: id }} className={styles.runLink} data-testid="wizard-run-link">
          {t("replication.wizard.toRun")}
        </Link>
      </div>
    </div>
  );
}

import { ChevronRight, CircleCheck, CircleHelp, CircleMinus, CircleX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PolicyAnswer, PolicyDecision } from "../../api/types";
import { cx } from "../../components/cx";
import { Prose } from "../../components/Prose";
import { PURPOSES, type Verdict } from "./askForm";
import styles from "./Policies.module.css";

const icons = { allowed: CircleCheck, denied: CircleX, notAllowed: CircleMinus, unknown: CircleHelp };

/** The answers: one line for each thing that was asked and each repository, with its reasons. */
export function Answers({ verdicts }: { verdicts: readonly Verdict[] }) {
  const { t } = useTranslation();
  const unseen = [...new Set(verdicts.flatMap(({ answers }) => answers.flatMap((each) => each.unseen)))];
  const ignored = [...new Set(verdicts.flatMap(({ answers }) => answers.flatMap((each) => each.ignored)))];
  return (
    <div className={styles.stack} role="status" data-testid="ask-answers">
      <ul className={styles.verdicts}>
        {verdicts.map((verdict) => (
          <li key={`${verdict.asked} ${verdict.resource}`}>
            <details
              className={styles.verdict}
              data-testid={`ask-verdict-${verdict.asked}-${verdict.resource}`}
            >
              <summary>
                <ChevronRight className={styles.chevron} aria-hidden="true" />
                <Decision decision={verdict.decision} />
                <span className={styles.question}>
                  <Question verdict={verdict} />
                </span>
              </summary>
              <ul className={styles.reasons}>
                {reasons(verdict.answers).map(({ decision, reason, actions, keys }) => (
                  <li key={`${decision} ${reason}`}>
                    <Decision decision={decision} />
                    <div>
                      <p>
                        <Prose text={reason} />
                      </p>
                      <p className={styles.faint}>
                        <code>{actions.join(", ")}</code>
                      </p>
                      {keys.length > 0 && (
                        <p className={styles.muted}>{t("policies.depends", { keys: keys.join(", ") })}</p>
                      )}
                    </div>
                  </li>
                ))}
              </ul>
            </details>
          </li>
        ))}
      </ul>
      {unseen.length > 0 && (
        <p className={styles.muted}>{t("policies.unseen", { what: unseen.join(", ") })}</p>
      )}
      {ignored.length > 0 && (
        <p className={styles.muted}>{t("policies.ignored", { what: ignored.join(", ") })}</p>
      )}
    </div>
  );
}

function Question({ verdict: { asked, resource } }: { verdict: Verdict }) {
  const { t } = useTranslation();
  if (asked === "login") return t("policies.login");
  const purpose = PURPOSES.find((each) => each === asked);
  return (
    <>
      {purpose ? t(`policies.purposes.${purpose}`) : <code>{asked}</code>} · <code>{resource}</code>
    </>
  );
}

function Decision({ decision }: { decision: PolicyDecision }) {
  const { t } = useTranslation();
  const Icon = icons[decision];
  return (
    <span className={cx(styles.decision, styles[decision])} data-decision={decision}>
      <Icon aria-hidden="true" /> {t(`policies.decisions.${decision}`)}
    </span>
  );
}

/** Actions with the same answer for the same reason, together; what is not allowed first. */
function reasons(answers: readonly PolicyAnswer[]) {
  const all: { decision: PolicyDecision; reason: string; actions: string[]; keys: string[] }[] = [];
  for (const { decision, reason, action, keys } of answers) {
    const known = all.find((each) => each.decision === decision && each.reason === reason);
    if (known) known.actions.push(action);
    else all.push({ decision, reason, actions: [action], keys });
  }
  return all.sort((a, b) => Number(a.decision === "allowed") - Number(b.decision === "allowed"));
}

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Finding, PlanView, StepView } from "../../api/types";
import { Badge } from "../../components/Badge";
import { DiffView } from "../../components/DiffView";
import { formatBytes } from "../../components/format";
import { Prose } from "../../components/Prose";
import { PlacedFindings } from "../findings/PlacedFindings";
import { usePlace } from "../frame/place";
import { RegistryName } from "../frame/RegistryName";
import { ManagedDocuments } from "../owners/ManagedDocuments";
import { EnginePlanBody } from "./EnginePlanBody";
import { ExpiryList } from "./ExpiryList";
import styles from "./PlanBody.module.css";
import { planRegistries } from "./planRegistries";
import { PlanRows } from "./rows/PlanRows";
import { UnhealedList } from "./UnhealedList";

/** A plan in full: its findings, its steps with their documents, and what stays. */
export function PlanBody({
  plan,
  lead,
  actionOf,
}: {
  plan: PlanView;
  /** What the plan is about, shown before its steps. */
  lead?: ReactNode;
  /** The actions for a finding. */
  actionOf?: (finding: Finding) => ReactNode;
}) {
  const { t } = useTranslation();
  const place = usePlace(plan.space, planRegistries(plan));
  return (
    <div className={styles.plan} data-testid="plan-body">
      <p className={styles.muted}>
        {t(`plans.in.${place.kind}`, { count: place.hosts.length, hosts: place.hosts.join(", ") })}{" "}
        {t("plans.nothing")}
      </p>
      <PlacedFindings findings={plan.findings} {...(actionOf ? { actionOf } : {})} />
      {lead}
      <section>
        <h3 className={styles.heading}>{t("plans.steps")}</h3>
        {plan.rows ? (
          <PlanRows steps={plan.steps}>{(step) => <Step step={step} named={false} />}</PlanRows>
        ) : (
          <ol className={styles.steps}>
            {plan.steps.map((step, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a plan never changes
              <li key={index} className={styles.step} data-testid="plan-step">
                <span className={styles.number} aria-hidden="true">
                  {index + 1}
                </span>
                <Step step={step} />
              </li>
            ))}
          </ol>
        )}
      </section>
      {plan.managed && <ManagedDocuments managed={plan.managed} />}
      {plan.stays.length > 0 && (
        <section>
          <h3 className={styles.heading}>{t("plans.stays")}</h3>
          <ul className={styles.stays} data-testid="plan-stays">
            {plan.stays.map((text) => (
              <li key={text}>
                <Prose text={text} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {plan.unhealed && <UnhealedList unhealed={plan.unhealed} again={false} />}
      {plan.engine && <EnginePlanBody plan={plan} engine={plan.engine} />}
      {plan.expiry && <ExpiryList expiry={plan.expiry} />}
      {!plan.engine && (plan.bytesToMove > 0 || plan.bytesSaved > 0) && (
        <p className={styles.bytes}>
          <span data-testid="plan-bytes-to-move">
            {t("plans.toMove", { bytes: formatBytes(plan.bytesToMove) })}
          </span>
          <span data-testid="plan-bytes-saved">
            {t("plans.saved", { bytes: formatBytes(plan.bytesSaved) })}
          </span>
        </p>
      )}
    </div>
  );
}

function Step({
  step,
  named = true,
}: {
  step: StepView;
  /** Whether it names its registry; in a group, the group does. */
  named?: boolean;
}) {
  const { t } = useTranslation();
  const newly = [
    ["plan-newly", t("plans.newly"), step.newlyAllowed],
    ["plan-newly-denied", t("plans.newlyDenied"), step.newlyDenied],
  ] as const;
  return (
    <div className={styles.body}>
      <p className={styles.text}>
        <span>
          <Prose text={step.text} />
        </span>
        {step.destructive && <Badge tone="danger">{t("plans.destructive")}</Badge>}
      </p>
      {step.reason && (
        <p className={styles.muted}>
          <Prose text={step.reason} />
        </p>
      )}
      <p className={styles.where}>
        {named && step.registry && <RegistryName registry={step.registry} />}
        {step.permissions.length > 0 && (
          <span>{t("plans.permissions", { actions: step.permissions.join(", ") })}</span>
        )}
      </p>
      {newly.map(
        ([testId, title, sentences]) =>
          sentences && (
            <div key={testId} data-testid={testId}>
              <p className={styles.muted}>{title}</p>
              <ul className={styles.stays}>
                {sentences.map((text) => (
                  <li key={text}>
                    <Prose text={text} />
                  </li>
                ))}
              </ul>
            </div>
          ),
      )}
      {step.diff.length > 0 && (
        <DiffView name={t("plans.document")} diff={step.diff} maxHeight={280} data-testid="plan-diff" />
      )}
    </div>
  );
}

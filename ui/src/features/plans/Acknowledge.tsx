import { useTranslation } from "react-i18next";
import type { EnginePlan, PlanView } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { Notice } from "../../components/Findings";
import { Prose } from "../../components/Prose";
import styles from "./PlanBody.module.css";

/** Whether a plan does something that must be agreed to first. */
export function mustAgree(plan: PlanView): plan is PlanView & { engine: EnginePlan } {
  return (plan.engine?.acknowledge.length ?? 0) > 0;
}

/** What must be agreed to, such as that tags are removed. */
export function Acknowledge({
  sentences,
  agreed,
  onChange,
}: {
  sentences: readonly string[];
  agreed: boolean;
  onChange: (agreed: boolean) => void;
}) {
  const { t } = useTranslation();
  return (
    <section className={styles.acknowledge} aria-label={t("plans.acknowledge.title")}>
      {sentences.map((sentence) => (
        <Notice key={sentence} severity="warning">
          <Prose text={sentence} />
        </Notice>
      ))}
      <Checkbox
        label={t("plans.acknowledge.agree")}
        checked={agreed}
        onChange={onChange}
        data-testid="plan-acknowledge"
      />
    </section>
  );
}

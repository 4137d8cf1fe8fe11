import { useTranslation } from "react-i18next";
import type { PlanView } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { Notice } from "../../components/Findings";
import { Prose } from "../../components/Prose";
import styles from "./PlanBody.module.css";

/** The sentences to confirm before a plan runs. */
export function toAgree(plan: PlanView): string[] {
  return [...(plan.engine?.acknowledge ?? []), ...(plan.expiry?.acknowledge ?? []), ...(plan.agree ?? [])];
}

/** The sentences to confirm, such as that tags are removed or that images expire. */
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

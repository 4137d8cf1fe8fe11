import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "./cx";
import styles from "./Stepper.module.css";

export interface Step {
  id: string;
  label: string;
}

/** The current step of a wizard. A person can return to steps that were reached. */
export function Stepper({
  label,
  steps,
  current,
  reached,
  onGo,
  "data-testid": testId,
}: {
  label: string;
  steps: readonly Step[];
  current: number;
  /** The furthest step that was opened. */
  reached: number;
  onGo: (step: number) => void;
  "data-testid"?: string;
}) {
  const { t } = useTranslation();
  return (
    <nav aria-label={label}>
      <ol className={styles.list} data-testid={testId}>
        {steps.map((step, index) => (
          <li key={step.id} className={styles.step}>
            <button
              type="button"
              className={cx(
                styles.button,
                index === current && styles.current,
                index < reached && index !== current && styles.done,
              )}
              disabled={index > reached}
              aria-current={index === current ? "step" : undefined}
              onClick={() => onGo(index)}
              data-testid={testId && `${testId}-${step.id}`}
            >
              <span className={styles.number} aria-hidden="true">
                {index < reached && index !== current ? <Check /> : index + 1}
              </span>
              <span>{step.label}</span>
              {index < reached && index !== current && (
                <span className="visually-hidden">{t("common.stepDone")}</span>
              )}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { registryId } from "../../../api/keys";
import type { StepView } from "../../../api/types";
import { RegistryName } from "../../frame/RegistryName";
import styles from "./PlanRows.module.css";
import { groupedRows } from "./rows";

/** Registries whose changes are shown without being opened. */
const OPEN = 4;

/** The steps of a plan of many rows, by registry; each keeps the number of its turn. */
export function PlanRows({
  steps,
  children,
}: {
  steps: readonly StepView[];
  children: (step: StepView) => ReactNode;
}) {
  const { t } = useTranslation();
  const groups = groupedRows(steps);
  return (
    <ol className={styles.groups} data-testid="plan-rows">
      {groups.map(({ registry, rows }) => (
        <li key={registry ? registryId(registry) : "here"}>
          <details className={styles.group} open={groups.length <= OPEN} data-testid="plan-row-group">
            <summary className={styles.head}>
              {registry ? <RegistryName registry={registry} /> : t("plans.rows.here")}
              <span className={styles.muted}>{t("plans.rows.documents", { count: rows.length })}</span>
            </summary>
            <ol className={styles.rows}>
              {rows.map(({ step, number }) => (
                <li key={number} className={styles.row} data-testid="plan-step">
                  <span className={styles.number} aria-hidden="true">
                    {number}
                  </span>
                  {children(step)}
                </li>
              ))}
            </ol>
          </details>
        </li>
      ))}
    </ol>
  );
}

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PlacedFinding } from "../api/types";
import { Button } from "./Button";
import { Findings } from "./Findings";
import styles from "./Findings.module.css";

/** Findings in a text, each with a button that goes to its place. */
export function PlacedFindings({
  findings,
  label,
  onPlace,
  actionOf,
}: {
  findings: readonly PlacedFinding[];
  label: string;
  onPlace: (line: number, column: number) => void;
  /** A further action for a finding, by its place in the list. */
  actionOf?: (found: PlacedFinding, index: number) => ReactNode;
}) {
  const { t } = useTranslation();
  const places = new Map(findings.map((found, index) => [found.finding, { found, index }]));
  return (
    <Findings
      label={label}
      findings={findings.map(({ finding }) => finding)}
      actionOf={(finding) => {
        const at = places.get(finding);
        if (!at) return null;
        const { line, column } = at.found;
        return (
          <div className={styles.actions}>
            <Button size="small" variant="ghost" onClick={() => onPlace(line, column)}>
              {t("common.place", { line, column })}
            </Button>
            {actionOf?.(at.found, at.index)}
          </div>
        );
      }}
    />
  );
}

import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Finding, Severity } from "../api/types";
import { cx } from "./cx";
import styles from "./Findings.module.css";
import { Prose } from "./Prose";

const icons = { error: CircleAlert, warning: TriangleAlert, note: Info };

/** The application's findings, worst first, each with a way to fix it. */
export function Findings({
  findings,
  label,
  actionOf,
}: {
  findings: readonly Finding[];
  label?: string;
  /** The actions for a finding, shown below it. */
  actionOf?: ((finding: Finding) => ReactNode) | undefined;
}) {
  if (findings.length === 0) return null;
  const order: Severity[] = ["error", "warning", "note"];
  const sorted = order.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
  return (
    <ul className={styles.list} aria-label={label} data-testid="findings">
      {sorted.map((finding) => {
        const Icon = icons[finding.severity];
        return (
          <li
            key={`${finding.code} ${finding.field} ${finding.text}`}
            className={cx(styles.finding, styles[finding.severity])}
            data-severity={finding.severity}
            // An error may be below a long form; a wizard that refuses to go on shows it.
            tabIndex={finding.severity === "error" ? -1 : undefined}
            data-testid={`finding-${finding.code}`}
          >
            <Icon aria-hidden="true" />
            <div>
              <p className={styles.text}>
                <Prose text={finding.text} />
              </p>
              {finding.hint && (
                <p className={styles.hint}>
                  <Prose text={finding.hint} />
                </p>
              )}
              {actionOf && <div className={styles.action}>{actionOf(finding)}</div>}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

/** One message in the style of a finding. */
export function Notice({ severity = "note", children }: { severity?: Severity; children: ReactNode }) {
  const Icon = icons[severity];
  return (
    <div className={cx(styles.finding, styles[severity])}>
      <Icon aria-hidden="true" />
      <div className={styles.text}>{children}</div>
    </div>
  );
}

/** The first error about a field, to show at the field. */
export function fieldError(findings: readonly Finding[], field: string): string | undefined {
  return findings.find((finding) => finding.severity === "error" && finding.field === field)?.text;
}

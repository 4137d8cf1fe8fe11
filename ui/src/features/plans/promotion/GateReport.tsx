import { useTranslation } from "react-i18next";
import type { GateView } from "../../../api/types";
import { Badge, type Status, StatusPill } from "../../../components/Badge";
import { Prose } from "../../../components/Prose";
import styles from "./Promotion.module.css";

const looks: Record<GateView["state"], Status> = {
  pass: "complete",
  fail: "failed",
  amber: "warning",
  overridden: "warning",
};

const order: GateView["state"][] = ["fail", "amber", "overridden", "pass"];

/** The gates of a build, those that stop it first: what was found, what is missing, and what was not checked. */
export function GateReport({ gates }: { gates: readonly GateView[] }) {
  const { t } = useTranslation();
  if (gates.length === 0) return <p className={styles.muted}>{t("gates.none")}</p>;
  const sorted = order.flatMap((state) => gates.filter((gate) => gate.state === state));
  return (
    <ul className={styles.gates} aria-label={t("gates.title")} data-testid="gates">
      {sorted.map((gate, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a report never changes, and may ask a gate twice
        <li key={index} className={styles.gate} data-state={gate.state} data-testid={`gate-${gate.gate}`}>
          <StatusPill status={looks[gate.state]}>{t(`gates.state.${gate.state}`)}</StatusPill>
          <div className={styles.gateText}>
            <p className={styles.gateName}>
              <code>{gate.gate}</code>
              {gate.noOverride && <Badge>{t("gates.noOverride")}</Badge>}
            </p>
            <p>
              <Prose text={gate.evidence} />
            </p>
            {gate.satisfiedBy !== null && (
              <p className={styles.muted}>
                <Prose text={t("gates.satisfiedBy", { text: gate.satisfiedBy })} />
              </p>
            )}
            {gate.notChecked.map((text) => (
              <p key={text} className={styles.muted}>
                <Prose text={t("gates.notChecked", { text })} />
              </p>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}

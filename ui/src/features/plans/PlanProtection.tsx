import { useTranslation } from "react-i18next";
import { TypedConfirmation } from "../../components/ConfirmDialog";
import { Notice } from "../../components/Findings";
import { LeaveReadOnly } from "../guard/LeaveReadOnly";
import { TimeSelect } from "../guard/TimeSelect";
import styles from "./PlanBody.module.css";
import type { PlanGuard } from "./usePlanGuard";

/** What keeps a plan from running: read-only mode, or production accounts to unlock first. */
export function PlanProtection({ guard }: { guard: PlanGuard }) {
  const { t } = useTranslation();
  const { locked, unnamed, names } = guard;
  if (guard.readOnly) {
    return (
      <Notice severity="warning">
        <div className={styles.protection}>
          <p data-testid="plan-read-only">{t("guard.readOnlyOn")}</p>
          <span>
            <LeaveReadOnly data-testid="plan-leave-read-only" />
          </span>
        </div>
      </Notice>
    );
  }
  if (locked.length === 0) return null;
  const count = locked.length;
  return (
    <div className={styles.protection} data-testid="plan-locked">
      <Notice severity="warning">
        {t("guard.plan.locked", { count, names: locked.map(({ name }) => name).join(", ") })}{" "}
        {t("guard.plan.button", { count })}
      </Notice>
      <div className={styles.unlock}>
        <TimeSelect value={guard.minutes} onChange={guard.setMinutes} data-testid="plan-unlock-time" />
        {unnamed.map(({ id, name }) => (
          <TypedConfirmation
            key={id}
            text={name}
            value={names[id] ?? ""}
            onChange={(text) => guard.setName(id, text)}
            data-testid={`plan-unlock-${id}`}
          />
        ))}
      </div>
    </div>
  );
}

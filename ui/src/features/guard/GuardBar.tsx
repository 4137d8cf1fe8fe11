import { Eye, LockOpen } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Left } from "../../components/Values";
import { SpaceBadge } from "../frame/SpaceBadge";
import styles from "./Guard.module.css";
import { isUnlocked } from "./guarded";
import { LeaveReadOnly } from "./LeaveReadOnly";
import { LockButton } from "./LockButton";
import { useGuard } from "./queries";

/** Says on every screen that read-only mode is on, and which production accounts can be changed. */
export function GuardBar() {
  const { t } = useTranslation();
  const { data: guard } = useGuard();
  const unlocked = (guard?.accounts ?? []).filter((account) => isUnlocked(account));
  if (!guard?.readOnly && unlocked.length === 0) return null;
  return (
    <section className={styles.bar} aria-label={t("guard.bar")} data-testid="guard-bar">
      {guard?.readOnly && (
        <div className={styles.entry} data-testid="guard-read-only">
          <Eye aria-hidden="true" />
          <span className={styles.text}>{t("guard.readOnlyOn")}</span>
          <LeaveReadOnly />
        </div>
      )}
      {unlocked.map((account) => (
        <div
          key={`${account.space} ${account.id}`}
          className={styles.entry}
          data-testid={`guard-unlocked-${account.id}`}
        >
          <LockOpen aria-hidden="true" />
          <span className={styles.text}>
            {t("guard.unlocked", { name: account.name })} <Left until={account.unlockedUntil ?? ""} />
          </span>
          <SpaceBadge space={account.space} registries={[{ account: account.id }]} />
          <LockButton account={account} data-testid={`guard-lock-${account.id}`} />
        </div>
      ))}
    </section>
  );
}

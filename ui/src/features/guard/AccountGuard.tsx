import { LockOpen } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { formatTime } from "../../components/format";
import styles from "./Guard.module.css";
import { guardedOf, isUnlocked } from "./guarded";
import { LockButton } from "./LockButton";
import { useGuard } from "./queries";
import { UnlockDialog } from "./UnlockDialog";

/** Whether a production account can be changed now, and the way to the opposite; nothing for others. */
export function AccountGuard({ account: { space, id } }: { account: Account }) {
  const { t } = useTranslation();
  const { data } = useGuard();
  const [open, setOpen] = useState(false);
  const guarded = guardedOf(data, { space, account: id });
  if (!guarded) return null;
  const { unlockedUntil } = guarded;
  return (
    <div className={styles.line} data-testid={`account-guard-${id}`}>
      {unlockedUntil !== null && isUnlocked(guarded) ? (
        <>
          <Badge tone="warning">
            {t("guard.unlockedUntil", { time: formatTime(new Date(unlockedUntil)) })}
          </Badge>
          <LockButton account={guarded} data-testid={`account-lock-${id}`} />
        </>
      ) : (
        <>
          <Badge>{t("guard.locked")}</Badge>
          <Button
            size="small"
            icon={<LockOpen />}
            onClick={() => setOpen(true)}
            aria-label={`${t("guard.unlock")}: ${guarded.name}`}
            data-testid={`account-unlock-${id}`}
          >
            {t("guard.unlock")}
          </Button>
        </>
      )}
      {open && <UnlockDialog account={guarded} onClose={() => setOpen(false)} />}
    </div>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../components/Button";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { useSetGuard } from "./queries";

/** The button that ends read-only mode, after a question. */
export function LeaveReadOnly({ "data-testid": testId = "leave-read-only" }: { "data-testid"?: string }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="small" onClick={() => setAsking(true)} data-testid={testId}>
        {t("guard.leave")}
      </Button>
      {asking && <LeaveDialog onClose={() => setAsking(false)} />}
    </>
  );
}

/** Asks before read-only mode ends. */
export function LeaveDialog({
  onLeft,
  onClose,
}: {
  /** Called instead of `onClose` once it has ended. */
  onLeft?: () => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const set = useSetGuard(onLeft ?? onClose);
  return (
    <ConfirmDialog
      open
      onCancel={onClose}
      onConfirm={() => set.mutate({ readOnly: false })}
      title={t("guard.leaveTitle")}
      action={t("guard.leaveAction")}
      busy={set.isPending}
      error={set.error}
      data-testid="dialog-leave-read-only"
    >
      {t("guard.leaveText")}
    </ConfirmDialog>
  );
}

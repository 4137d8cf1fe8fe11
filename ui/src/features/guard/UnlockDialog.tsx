import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { GuardedAccount } from "../../api/types";
import { Button } from "../../components/Button";
import { isConfirmed, TypedConfirmation } from "../../components/ConfirmDialog";
import { Dialog } from "../../components/Dialog";
import { ErrorState } from "../../components/States";
import { SpaceBadge } from "../frame/SpaceBadge";
import type { Minutes } from "./guarded";
import { useGuardChange } from "./queries";
import { TimeSelect } from "./TimeSelect";

/** Makes a production account writable for some time. */
export function UnlockDialog({
  account,
  onUnlocked,
  onClose,
}: {
  account: Pick<GuardedAccount, "space" | "id" | "name">;
  /** Called instead of `onClose` once it is unlocked. */
  onUnlocked?: () => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { space, id, name } = account;
  const [minutes, setMinutes] = useState<Minutes>(30);
  const [typed, setTyped] = useState("");
  const unlock = useGuardChange(api.unlockAccount, { onDone: onUnlocked ?? onClose });
  const ready = isConfirmed(typed, name);
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={t("guard.dialog.title", { name })}
      description={t("guard.dialog.text")}
      badge={<SpaceBadge space={space} registries={[{ account: id }]} />}
      onSubmit={() => {
        if (ready && !unlock.isPending) unlock.mutate({ space, id, confirm: typed.trim(), minutes });
      }}
      data-testid="dialog-unlock"
      footer={
        <>
          <Button onClick={onClose} data-testid="unlock-cancel">
            {t("common.cancel")}
          </Button>
          <Button
            type="submit"
            variant="primary"
            disabled={!ready}
            busy={unlock.isPending}
            data-testid="unlock-submit"
          >
            {t("guard.dialog.action", { name })}
          </Button>
        </>
      }
    >
      <TimeSelect value={minutes} onChange={setMinutes} />
      <TypedConfirmation text={name} value={typed} onChange={setTyped} data-testid="unlock-typed" />
      {unlock.error !== null && <ErrorState error={unlock.error} compact />}
    </Dialog>
  );
}

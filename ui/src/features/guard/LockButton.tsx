import { Lock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import type { GuardedAccount } from "../../api/types";
import { Button } from "../../components/Button";
import { showToast } from "../../components/Toaster";
import { useGuardChange } from "./queries";

/** Makes an unlocked account read-only at once. */
export function LockButton({
  account: { space, id, name },
  "data-testid": testId,
}: {
  account: GuardedAccount;
  "data-testid": string;
}) {
  const { t } = useTranslation();
  const lock = useGuardChange(api.lockAccount, {
    onFailed: (error) => {
      showToast({ kind: "error", title: t("guard.lockFailed", { name }), text: toApiError(error).message });
    },
  });
  return (
    <Button
      size="small"
      icon={<Lock />}
      busy={lock.isPending}
      onClick={() => lock.mutate({ space, id })}
      // The name begins with the text that is seen, so that it can be spoken.
      aria-label={`${t("guard.lock")}: ${name}`}
      data-testid={testId}
    >
      {t("guard.lock")}
    </Button>
  );
}

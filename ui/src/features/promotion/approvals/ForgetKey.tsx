import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import type { ApprovalKey } from "../../../api/types";
import { ConfirmDialog } from "../../../components/ConfirmDialog";
import { usePromotionChange } from "../queries";

/** Asks before a key is forgotten. */
export function ForgetKey({ approvalKey, onClose }: { approvalKey: ApprovalKey; onClose: () => void }) {
  const { t } = useTranslation();
  const { name, own } = approvalKey;
  const forget = usePromotionChange(api.forgetApprovalKey, onClose);
  return (
    <ConfirmDialog
      open
      danger
      title={t("approvals.keys.forgetTitle", { name })}
      action={t("approvals.keys.forgetAction")}
      busy={forget.isPending}
      error={forget.error}
      onConfirm={() => forget.mutate({ name })}
      onCancel={onClose}
      data-testid="dialog-forget-key"
    >
      <p>{t("approvals.keys.forgetText")}</p>
      {own && <p>{t("approvals.keys.forgetOwn")}</p>}
    </ConfirmDialog>
  );
}

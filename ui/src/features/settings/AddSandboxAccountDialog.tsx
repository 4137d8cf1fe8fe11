import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { showToast } from "../../components/Toaster";
import { useAccountChange } from "../frame/accountChanges";
import { SpaceBadge } from "../frame/SpaceBadge";
import { AccountDialog } from "./AccountDialog";
import { emptyAccount, useAccountForm } from "./accountForm";
import { splitRegions } from "./queries";

/** Asks for another account of the sandbox. */
export function AddSandboxAccountDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useAccountForm(t, emptyAccount);
  const add = useAccountChange(api.addSandboxAccount, (account) => {
    showToast({ kind: "success", title: t("settings.sandbox.accountAdded", { name: account.name }) });
    onClose();
  });
  return (
    <AccountDialog
      name="add-sandbox-account"
      badge={<SpaceBadge space="sandbox" />}
      title={t("settings.form.addSandboxTitle")}
      action={t("settings.form.add")}
      form={form}
      change={add}
      request={({ regions, ...values }) => ({ ...values, regions: splitRegions(regions) })}
      onClose={onClose}
    />
  );
}

import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { ErrorState } from "../../components/States";
import { showToast } from "../../components/Toaster";
import { SpaceBadge } from "../frame/SpaceBadge";
import { AccountFields } from "./AccountFields";
import { emptyAccount, showFieldError, useAccountForm } from "./accountForm";
import { splitRegions, useAccountChange } from "./queries";

/** Asks for another account of the sandbox. */
export function AddSandboxAccountDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useAccountForm(t, emptyAccount);
  const add = useAccountChange(api.addSandboxAccount, (account) => {
    showToast({ kind: "success", title: t("settings.sandbox.accountAdded", { name: account.name }) });
    onClose();
  });
  const submit = form.handleSubmit(async ({ regions, ...values }) => {
    try {
      await add.mutateAsync({ ...values, regions: splitRegions(regions) });
    } catch (error) {
      if (showFieldError(form, error)) add.reset();
    }
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("settings.form.addSandboxTitle")}
      badge={<SpaceBadge space="sandbox" />}
      onSubmit={() => void submit()}
      data-testid="dialog-add-sandbox-account"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            busy={form.formState.isSubmitting}
            data-testid="add-sandbox-account-submit"
          >
            {t("settings.form.add")}
          </Button>
        </>
      }
    >
      <AccountFields form={form} />
      {add.error !== null && <ErrorState error={add.error} compact />}
    </Dialog>
  );
}

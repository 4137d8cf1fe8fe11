import type { UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { Notice } from "../../components/Findings";
import { ErrorState } from "../../components/States";
import { TextField } from "../../components/TextField";
import { showToast } from "../../components/Toaster";
import { useShowSpace, useStatus } from "../frame/queries";
import { SpaceBadge } from "../frame/SpaceBadge";
import { AccountFields } from "./AccountFields";
import { type AccountForm, showFieldError, useConnectForm } from "./accountForm";
import { splitRegions, useAccountChange } from "./queries";

/** Asks for an AWS account and its key. The key goes to the keychain and is not kept here. */
export function ConnectDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useConnectForm(t);
  const show = useShowSpace();
  const { data: status } = useStatus();
  const add = useAccountChange(api.addAccount, (account) => {
    show.mutate("aws");
    showToast({ kind: "success", title: t("settings.accounts.added", { name: account.name }) });
    onClose();
  });
  const { errors } = form.formState;
  const submit = form.handleSubmit(async ({ regions, sessionToken, ...values }) => {
    try {
      await add.mutateAsync({
        ...values,
        colour: null,
        regions: splitRegions(regions),
        sessionToken: sessionToken || null,
      });
    } catch (error) {
      if (showFieldError(form, error)) add.reset();
    }
  });
  const keychain = status?.keychain;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("settings.form.addTitle")}
      description={t("settings.form.addText")}
      badge={<SpaceBadge space="aws" />}
      onSubmit={() => void submit()}
      data-testid="dialog-connect-account"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            busy={form.formState.isSubmitting}
            data-testid="connect-account-submit"
          >
            {t("settings.form.connect")}
          </Button>
        </>
      }
    >
      {keychain && "hint" in keychain && <Notice severity="warning">{keychain.hint}</Notice>}
      <AccountFields form={form as unknown as UseFormReturn<AccountForm>} />
      <TextField
        label={t("settings.form.accessKeyId")}
        error={errors.accessKeyId?.message}
        mono
        data-testid="account-access-key-id"
        {...form.register("accessKeyId")}
      />
      <TextField
        label={t("settings.form.secretAccessKey")}
        error={errors.secretAccessKey?.message}
        type="password"
        mono
        data-testid="account-secret-access-key"
        {...form.register("secretAccessKey")}
      />
      <TextField
        label={t("settings.form.sessionToken")}
        hint={t("settings.form.sessionTokenHint")}
        error={errors.sessionToken?.message}
        type="password"
        mono
        data-testid="account-session-token"
        {...form.register("sessionToken")}
      />
      {add.error !== null && <ErrorState error={add.error} compact />}
    </Dialog>
  );
}

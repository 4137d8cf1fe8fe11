import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { Notice } from "../../components/Findings";
import { TextField } from "../../components/TextField";
import { showToast } from "../../components/Toaster";
import { placeOf } from "../frame/place";
import { useShowSpace, useStatus } from "../frame/queries";
import { PlaceBadge } from "../frame/SpaceBadge";
import { AccountDialog } from "./AccountDialog";
import { useConnectForm } from "./accountForm";
import { splitRegions, useAccountChange } from "./queries";

/** Asks for an AWS account and its key. The key goes to the keychain and is not stored here. */
export function ConnectDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useConnectForm(t);
  const show = useShowSpace();
  const { data: status } = useStatus();
  const add = useAccountChange(api.addAccount, (account) => {
    show.mutate("aws");
    const { name, problem } = account;
    // The key is stored, and AWS has not confirmed it yet.
    if (problem) {
      showToast({
        kind: "error",
        title: t("settings.accounts.addedUnchecked", { name }),
        text: problem.message,
      });
    } else {
      showToast({ kind: "success", title: t("settings.accounts.added", { name }) });
    }
    onClose();
  });
  const { errors } = form.formState;
  const keychain = status?.keychain;
  return (
    <AccountDialog
      name="connect-account"
      badge={<PlaceBadge place={placeOf("aws", [])} />}
      title={t("settings.form.addTitle")}
      description={t("settings.form.addText")}
      action={t("settings.form.connect")}
      form={form}
      change={add}
      request={({ regions, sessionToken, ...values }) => ({
        ...values,
        colour: null,
        regions: splitRegions(regions),
        sessionToken: sessionToken || null,
      })}
      onClose={onClose}
      before={keychain && "hint" in keychain && <Notice severity="warning">{keychain.hint}</Notice>}
    >
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
    </AccountDialog>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { errorText, toApiError } from "../../api/errors";
import type { Account } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { TextField } from "../../components/TextField";
import { showToast } from "../../components/Toaster";
import { useAccountChange } from "../frame/accountChanges";
import { SpaceBadge } from "../frame/SpaceBadge";
import { KeyError, SessionOnlyField } from "./SessionOnly";

const FIELDS = ["accessKeyId", "secretAccessKey", "sessionToken"] as const;
const TEST_IDS = {
  accessKeyId: "account-access-key-id",
  secretAccessKey: "account-secret-access-key",
  sessionToken: "account-session-token",
};

/** Gives an account another access key, or enters again the one of an earlier session. */
export function ReplaceKeyDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation();
  const { id, name, space } = account;
  const [values, setValues] = useState({ accessKeyId: "", secretAccessKey: "", sessionToken: "" });
  const [sessionOnly, setSessionOnly] = useState(account.credentials.source === "memory");
  const replace = useAccountChange(
    (forNow: boolean) =>
      api.replaceKey({
        id,
        accessKeyId: values.accessKeyId,
        secretAccessKey: values.secretAccessKey,
        sessionToken: values.sessionToken.trim() || null,
        sessionOnly: forNow,
      }),
    () => {
      showToast({ kind: "success", title: t("signin.key.replaced", { name }) });
      onClose();
    },
  );
  const problem = replace.error === null ? null : toApiError(replace.error);
  const at = FIELDS.find((field) => field === problem?.field);
  const submit = (forNow: boolean) => {
    if (!replace.isPending) replace.mutate(forNow);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("signin.key.title", { name })}
      description={t("signin.key.text")}
      badge={<SpaceBadge space={space} registries={[{ account: id }]} />}
      onSubmit={() => submit(sessionOnly)}
      data-testid="dialog-replace-key"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            busy={replace.isPending}
            disabled={values.accessKeyId.trim() === "" || values.secretAccessKey.trim() === ""}
            data-testid="replace-key-submit"
          >
            {t("signin.key.replace")}
          </Button>
        </>
      }
    >
      {FIELDS.map((field) => (
        <TextField
          key={field}
          label={t(`settings.form.${field}`)}
          hint={field === "sessionToken" ? t("settings.form.sessionTokenHint") : undefined}
          error={problem && at === field ? errorText(problem) : undefined}
          value={values[field]}
          onChange={(event) => setValues((old) => ({ ...old, [field]: event.target.value }))}
          type={field === "accessKeyId" ? "text" : "password"}
          autoComplete="off"
          autoFocus={field === "accessKeyId"}
          mono
          data-testid={TEST_IDS[field]}
        />
      ))}
      <SessionOnlyField value={sessionOnly} onChange={setSessionOnly} />
      {problem && at === undefined && (
        <KeyError
          error={problem}
          onForNow={() => {
            setSessionOnly(true);
            submit(true);
          }}
        />
      )}
    </Dialog>
  );
}

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { type UseFormReturn, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import type { Account } from "../../../api/types";
import { Notice } from "../../../components/Findings";
import { TextField } from "../../../components/TextField";
import { useAccountChange } from "../../frame/accountChanges";
import { useStatus } from "../../frame/queries";
import { KeyError, SessionOnlyField } from "../../signin/SessionOnly";
import { AccountFields } from "../AccountFields";
import { type AccountForm, emptyAccount, showFieldError } from "../accountForm";
import { splitRegions } from "../queries";
import { type KeyForm, keySchema } from "./connectForm";
import type { Way } from "./way";

/** Connects an account by its access key, which goes to the keychain, or is kept for this session only. */
export function useKeyWay(onConnected: (account: Account) => void): Way {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  const form = useForm<KeyForm>({
    resolver: zodResolver(keySchema(t)),
    defaultValues: { ...emptyAccount, accessKeyId: "", secretAccessKey: "", sessionToken: "" },
  });
  const [error, setError] = useState<unknown>(null);
  const add = useAccountChange(api.addAccount, onConnected);
  const [sessionOnly, setSessionOnly] = useState(false);
  const send = (forNow: boolean) =>
    form.handleSubmit(async ({ regions, sessionToken, ...values }) => {
      setError(null);
      try {
        await add.mutateAsync({
          ...values,
          colour: null,
          regions: splitRegions(regions),
          sessionToken: sessionToken || null,
          sessionOnly: forNow,
        });
      } catch (failed) {
        if (!showFieldError(form, failed)) setError(failed);
      }
    })();
  const { errors } = form.formState;
  const keychain = status?.keychain;
  return {
    connect: () => void send(sessionOnly),
    doing: form.formState.isSubmitting ? "connect" : null,
    ready: true,
    endpoint: null,
    form: (
      <>
        <p>{t("settings.form.addText")}</p>
        {keychain && "hint" in keychain && !sessionOnly && (
          <Notice severity="warning">{keychain.hint}</Notice>
        )}
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
        <SessionOnlyField value={sessionOnly} onChange={setSessionOnly} />
        {error !== null && (
          <KeyError
            error={error}
            onForNow={() => {
              setSessionOnly(true);
              void send(true);
            }}
          />
        )}
      </>
    ),
  };
}
